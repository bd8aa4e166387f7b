-- Days that are not like others: holidays, paydays, events. team_id: empty where they are everybody's. rrule: empty where they do not
-- come again; then ends_at is far away.
CREATE TABLE occasions (
    id TEXT NOT NULL PRIMARY KEY,
    team_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    zone TEXT NOT NULL,
    rrule TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    author_name TEXT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX occasions_ends ON occasions (ends_at);
