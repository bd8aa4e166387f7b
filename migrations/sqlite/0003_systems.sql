-- The catalogue of systems and what each depends on.
CREATE TABLE systems (
    id TEXT NOT NULL PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    team_id TEXT NOT NULL REFERENCES teams (id),
    tier BIGINT NOT NULL CHECK (tier BETWEEN 1 AND 4),
    description TEXT NOT NULL,
    runbook TEXT NOT NULL,
    links TEXT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX systems_team ON systems (team_id);
CREATE TABLE system_dependencies (
    system_id TEXT NOT NULL REFERENCES systems (id) ON DELETE CASCADE,
    needs_id TEXT NOT NULL REFERENCES systems (id) ON DELETE CASCADE,
    PRIMARY KEY (system_id, needs_id),
    CHECK (system_id <> needs_id)
);
CREATE INDEX system_dependencies_needs ON system_dependencies (needs_id);
