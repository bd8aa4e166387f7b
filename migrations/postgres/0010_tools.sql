-- Tools with every version of them, runs of them, and what the runs wrote.
CREATE TABLE tools (
    id TEXT NOT NULL PRIMARY KEY,
    team_id TEXT NOT NULL REFERENCES teams (id),
    system_id TEXT REFERENCES systems (id),
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    first_line BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    retired BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (team_id, name)
);
CREATE INDEX tools_system ON tools (system_id);
CREATE TABLE tool_versions (
    tool_id TEXT NOT NULL REFERENCES tools (id),
    version BIGINT NOT NULL,
    definition TEXT NOT NULL,
    edited_by TEXT NOT NULL,
    edited_at BIGINT NOT NULL,
    PRIMARY KEY (tool_id, version)
);
-- secrets: sealed, and wiped when the run starts or will never start. runner: the process that watches it, which
-- renews lease_until; a run whose watcher is gone is lost.
CREATE TABLE runs (
    id TEXT NOT NULL PRIMARY KEY,
    tool_id TEXT NOT NULL REFERENCES tools (id),
    tool_name TEXT NOT NULL,
    version BIGINT NOT NULL,
    team_id TEXT NOT NULL REFERENCES teams (id),
    system_id TEXT,
    first_line BIGINT NOT NULL,
    state TEXT NOT NULL,
    argv TEXT NOT NULL,
    given TEXT NOT NULL,
    secrets TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    requested_name TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    decided_by TEXT NOT NULL DEFAULT '',
    decided_name TEXT NOT NULL DEFAULT '',
    decided_at BIGINT,
    started_at BIGINT,
    finished_at BIGINT,
    exit_code BIGINT,
    trouble TEXT NOT NULL DEFAULT '',
    timeout_s BIGINT NOT NULL,
    killed_name TEXT NOT NULL DEFAULT '',
    runner TEXT NOT NULL DEFAULT '',
    host TEXT NOT NULL DEFAULT '',
    lease_until BIGINT NOT NULL DEFAULT 0,
    log_lines BIGINT NOT NULL DEFAULT 0,
    log_bytes BIGINT NOT NULL DEFAULT 0,
    log_cut BIGINT NOT NULL DEFAULT 0,
    incident_id TEXT,
    change_id TEXT,
    CHECK (decided_by = '' OR decided_by <> requested_by)
);
CREATE INDEX runs_tool ON runs (tool_id, requested_at);
CREATE INDEX runs_at ON runs (requested_at, id);
CREATE INDEX runs_state ON runs (state);
CREATE INDEX runs_incident ON runs (incident_id);
CREATE INDEX runs_change ON runs (change_id);
CREATE TABLE run_logs (
    run_id TEXT NOT NULL REFERENCES runs (id),
    first_line BIGINT NOT NULL,
    lines BIGINT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (run_id, first_line)
);
