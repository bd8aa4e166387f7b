-- Policies of escalation, their runs, and whom they called.
CREATE TABLE escalation_policies (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    team_id TEXT NOT NULL REFERENCES teams (id),
    steps TEXT NOT NULL,
    repeat BIGINT NOT NULL,
    again_min BIGINT NOT NULL,
    skip_empty BIGINT NOT NULL,
    is_default BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (team_id, name)
);
CREATE UNIQUE INDEX escalation_policies_default ON escalation_policies (team_id) WHERE is_default = 1;
CREATE TABLE escalation_systems (
    system_id TEXT NOT NULL PRIMARY KEY REFERENCES systems (id) ON DELETE CASCADE,
    policy_id TEXT NOT NULL REFERENCES escalation_policies (id) ON DELETE CASCADE
);
CREATE INDEX escalation_systems_policy ON escalation_systems (policy_id);
-- round and rung are the place of the next step; seq counts the steps that were taken, so that each is taken once.
CREATE TABLE escalation_runs (
    id TEXT NOT NULL PRIMARY KEY,
    incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    policy_id TEXT NOT NULL,
    policy_name TEXT NOT NULL,
    team_id TEXT NOT NULL,
    severity BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'acknowledged', 'resolved', 'exhausted', 'replaced')),
    ended_by TEXT NOT NULL DEFAULT '',
    began_at BIGINT NOT NULL,
    ended_at BIGINT,
    next_at BIGINT,
    round BIGINT NOT NULL DEFAULT 0,
    rung BIGINT NOT NULL DEFAULT 0,
    seq BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX escalation_runs_running ON escalation_runs (incident_id) WHERE state = 'running';
CREATE INDEX escalation_runs_due ON escalation_runs (next_at) WHERE state = 'running';
CREATE INDEX escalation_runs_incident ON escalation_runs (incident_id, began_at);
-- One row for each that was called; those of one step, or one page by hand, have the same place.
CREATE TABLE escalation_calls (
    id TEXT NOT NULL PRIMARY KEY,
    incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    team_id TEXT NOT NULL,
    place BIGINT NOT NULL,
    nth BIGINT NOT NULL,
    at BIGINT NOT NULL,
    round BIGINT NOT NULL,
    step BIGINT NOT NULL,
    by_name TEXT NOT NULL,
    target TEXT NOT NULL,
    name TEXT NOT NULL,
    person_id TEXT,
    person_name TEXT NOT NULL,
    sent BIGINT NOT NULL,
    trouble TEXT NOT NULL,
    key TEXT NOT NULL,
    UNIQUE (incident_id, place, nth)
);
CREATE INDEX escalation_calls_at ON escalation_calls (at);
