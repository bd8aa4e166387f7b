-- Load tests: what may be loaded and how hard, what was asked for, and what came of it second by second.
CREATE TABLE load_targets (
    id TEXT NOT NULL PRIMARY KEY,
    system_id TEXT NOT NULL REFERENCES systems (id),
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    environment TEXT NOT NULL,
    max_rate BIGINT NOT NULL,
    max_seconds BIGINT NOT NULL,
    max_in_flight BIGINT NOT NULL,
    retired BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL DEFAULT 1,
    by_name TEXT NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (system_id, name)
);
CREATE TABLE load_comparisons (
    id TEXT NOT NULL PRIMARY KEY,
    baseline_id TEXT NOT NULL REFERENCES load_targets (id),
    candidate_id TEXT NOT NULL REFERENCES load_targets (id),
    team_id TEXT NOT NULL REFERENCES teams (id),
    turns BIGINT NOT NULL,
    slower DOUBLE PRECISION NOT NULL,
    throughput DOUBLE PRECISION NOT NULL,
    state TEXT NOT NULL,
    outcome TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    evidence_id TEXT,
    by_name TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE TABLE load_runs (
    id TEXT NOT NULL PRIMARY KEY,
    target_id TEXT NOT NULL REFERENCES load_targets (id),
    team_id TEXT NOT NULL REFERENCES teams (id),
    url TEXT NOT NULL,
    environment TEXT NOT NULL,
    comparison_id TEXT REFERENCES load_comparisons (id),
    side TEXT NOT NULL DEFAULT '',
    turn BIGINT NOT NULL DEFAULT 0,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'finished', 'stopped', 'interrupted', 'not-started', 'withdrawn')),
    -- JSON: what is sent, for what, and what was measured (empty before).
    script TEXT NOT NULL,
    subject TEXT NOT NULL,
    report TEXT NOT NULL DEFAULT '',
    by_name TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    stopped_name TEXT NOT NULL DEFAULT '',
    trouble TEXT NOT NULL DEFAULT '',
    evidence_id TEXT,
    verdict TEXT NOT NULL DEFAULT '',
    -- Who sends, and until when that holds without being renewed.
    runner TEXT NOT NULL DEFAULT '',
    lease_until BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX load_runs_asked ON load_runs (asked_at);
CREATE INDEX load_runs_target ON load_runs (target_id, asked_at);
CREATE INDEX load_runs_comparison ON load_runs (comparison_id, turn);
-- One run at a place at a time, whoever registered it under whatever name.
CREATE UNIQUE INDEX load_runs_place ON load_runs (url) WHERE state = 'running';
CREATE TABLE load_seconds (
    run_id TEXT NOT NULL REFERENCES load_runs (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    p50_us BIGINT,
    p99_us BIGINT,
    PRIMARY KEY (run_id, at)
);
