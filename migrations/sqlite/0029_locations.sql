-- Where checks are run from beside here: an agent each, known by its token. session, number: the last batch of results
-- that was counted. told: 'lost' where alerts were told so.
CREATE TABLE locations (
    id TEXT NOT NULL PRIMARY KEY,
    team_id TEXT NOT NULL REFERENCES teams (id),
    name TEXT NOT NULL UNIQUE,
    token_hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    seen_at BIGINT,
    version TEXT NOT NULL DEFAULT '',
    lag_ms BIGINT NOT NULL DEFAULT 0,
    session TEXT NOT NULL DEFAULT '',
    number BIGINT NOT NULL DEFAULT 0,
    told TEXT NOT NULL DEFAULT ''
);
-- The places from which a monitor is checked, parted by blanks: 'here' or ids of locations; down when quorum of them say so.
ALTER TABLE monitors ADD COLUMN locations TEXT NOT NULL DEFAULT 'here';
ALTER TABLE monitors ADD COLUMN quorum BIGINT NOT NULL DEFAULT 1;
-- What each place knows of a monitor that is not checked from here alone, and its last results.
CREATE TABLE monitor_places (
    monitor_id TEXT NOT NULL REFERENCES monitors (id) ON DELETE CASCADE,
    place TEXT NOT NULL,
    state TEXT NOT NULL,
    since BIGINT NOT NULL,
    run BIGINT NOT NULL,
    leaning TEXT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (monitor_id, place)
);
CREATE TABLE monitor_place_results (
    monitor_id TEXT NOT NULL REFERENCES monitors (id) ON DELETE CASCADE,
    place TEXT NOT NULL,
    at BIGINT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    latency_us BIGINT,
    PRIMARY KEY (monitor_id, place, at)
);
