-- Metric sources, what is known of each, what a page had to choose from, and the series that are kept, rolled up.
-- choices: selectors, one a line. next_at: when it is to be asked next; whoever moves it forward asks.
CREATE TABLE metric_sources (
    id TEXT NOT NULL PRIMARY KEY,
    system_id TEXT NOT NULL REFERENCES systems (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('query', 'scrape')),
    url TEXT NOT NULL,
    interval_s BIGINT NOT NULL,
    timeout_s BIGINT NOT NULL,
    accept_invalid BIGINT NOT NULL DEFAULT 0,
    tenant TEXT NOT NULL DEFAULT '',
    auth TEXT NOT NULL,
    login TEXT NOT NULL DEFAULT '',
    sealed TEXT NOT NULL DEFAULT '',
    choices TEXT NOT NULL DEFAULT '',
    paused BIGINT NOT NULL DEFAULT 0,
    health TEXT NOT NULL,
    since BIGINT NOT NULL,
    asked_at BIGINT,
    took_ms BIGINT,
    samples BIGINT,
    trouble TEXT NOT NULL DEFAULT '',
    left_out BIGINT NOT NULL DEFAULT 0,
    missed BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX metric_sources_system ON metric_sources (system_id);
CREATE INDEX metric_sources_due ON metric_sources (next_at);
CREATE TABLE source_catalogues (
    source_id TEXT NOT NULL PRIMARY KEY REFERENCES metric_sources (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    body TEXT NOT NULL
);
-- labels: JSON with sorted names. raw, raw_at: a counter as it was read last. last: what was kept last.
CREATE TABLE source_series (
    id TEXT NOT NULL PRIMARY KEY,
    source_id TEXT NOT NULL REFERENCES metric_sources (id) ON DELETE CASCADE,
    metric TEXT NOT NULL,
    labels TEXT NOT NULL,
    counts BIGINT NOT NULL,
    raw DOUBLE PRECISION,
    raw_at BIGINT,
    last DOUBLE PRECISION,
    last_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX source_series_one ON source_series (source_id, metric, labels);
-- width: milliseconds of the slot; min and max are words of SQL, hence their names.
CREATE TABLE source_rollups (
    series_id TEXT NOT NULL REFERENCES source_series (id) ON DELETE CASCADE,
    width BIGINT NOT NULL,
    start BIGINT NOT NULL,
    readings BIGINT NOT NULL,
    total DOUBLE PRECISION NOT NULL,
    least DOUBLE PRECISION NOT NULL,
    most DOUBLE PRECISION NOT NULL,
    last DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (series_id, width, start)
);
CREATE INDEX source_rollups_age ON source_rollups (width, start);
