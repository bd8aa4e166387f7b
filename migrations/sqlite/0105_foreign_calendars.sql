-- Calendars that are read from an address again and again. team_id: empty where they are everybody's. url: sealed. Moments are 0 where
-- there was none.
CREATE TABLE foreign_calendars (
    id TEXT NOT NULL PRIMARY KEY,
    team_id TEXT NOT NULL,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    host TEXT NOT NULL,
    zone TEXT NOT NULL,
    every_minutes BIGINT NOT NULL,
    author_name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    read_at BIGINT NOT NULL DEFAULT 0,
    failing_since BIGINT NOT NULL DEFAULT 0,
    failure TEXT NOT NULL DEFAULT '',
    failures BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL,
    etag TEXT NOT NULL DEFAULT '',
    events BIGINT NOT NULL DEFAULT 0,
    left_out BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX foreign_calendars_next ON foreign_calendars (next_at);
-- What was last read of them. recurrence: empty where it does not come again. without: beginnings left out of that, as JSON.
CREATE TABLE foreign_events (
    calendar_id TEXT NOT NULL,
    place BIGINT NOT NULL,
    name TEXT NOT NULL,
    whole_days BIGINT NOT NULL,
    first_from BIGINT NOT NULL,
    first_to BIGINT NOT NULL,
    recurrence TEXT NOT NULL,
    without TEXT NOT NULL,
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (calendar_id, place)
);
CREATE INDEX foreign_events_ends ON foreign_events (ends_at);
