-- Monitors, what is known of each, their last results, and results rolled up by minute, hour and day.
CREATE TABLE monitors (
    id TEXT NOT NULL PRIMARY KEY,
    system_id TEXT NOT NULL REFERENCES systems (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('http', 'heartbeat')),
    target TEXT NOT NULL,
    severity BIGINT NOT NULL CHECK (severity BETWEEN 1 AND 4),
    needed BIGINT NOT NULL CHECK (needed BETWEEN 1 AND 10),
    paused BIGINT NOT NULL DEFAULT 0,
    maintenance_until BIGINT NOT NULL DEFAULT 0,
    secret TEXT UNIQUE,
    version BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX monitors_system ON monitors (system_id);
-- told: what alerts were last told: '' nothing yet, 'holds', 'clear' or 'unknown'.
-- due_at: when a heartbeat counts as missed.
CREATE TABLE monitor_standings (
    monitor_id TEXT NOT NULL PRIMARY KEY REFERENCES monitors (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    since BIGINT NOT NULL,
    run BIGINT NOT NULL,
    leaning TEXT NOT NULL,
    last TEXT NOT NULL,
    last_at BIGINT,
    told TEXT NOT NULL,
    called_at BIGINT,
    due_at BIGINT,
    revision BIGINT NOT NULL
);
CREATE INDEX monitor_standings_due ON monitor_standings (due_at);
CREATE TABLE monitor_results (
    monitor_id TEXT NOT NULL REFERENCES monitors (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    status BIGINT,
    latency_us BIGINT,
    dns_us BIGINT,
    connect_us BIGINT,
    tls_us BIGINT,
    first_byte_us BIGINT,
    tls_expires_at BIGINT,
    PRIMARY KEY (monitor_id, at)
);
-- width: milliseconds of the slot; sketch: DDSketch of the latency in microseconds.
CREATE TABLE monitor_rollups (
    monitor_id TEXT NOT NULL REFERENCES monitors (id) ON DELETE CASCADE,
    width BIGINT NOT NULL,
    start BIGINT NOT NULL,
    checks BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    unknowns BIGINT NOT NULL,
    answers BIGINT NOT NULL,
    sum_us BIGINT NOT NULL,
    min_us BIGINT NOT NULL,
    max_us BIGINT NOT NULL,
    sketch BYTEA NOT NULL,
    PRIMARY KEY (monitor_id, width, start)
);
CREATE INDEX monitor_rollups_age ON monitor_rollups (width, start);
