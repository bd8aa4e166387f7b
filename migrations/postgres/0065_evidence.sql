-- Evidence: what was shown of which artifact, with its file; and doing without it, which two people agree to.
CREATE TABLE evidence (
    id TEXT NOT NULL PRIMARY KEY,
    team_id TEXT NOT NULL REFERENCES teams (id),
    kind TEXT NOT NULL,
    artifact TEXT NOT NULL,
    version TEXT NOT NULL,
    sha TEXT NOT NULL,
    environment TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('passed', 'failed', 'inconclusive')),
    -- JSON, empty where the file told no figures.
    measured TEXT NOT NULL,
    note TEXT NOT NULL,
    file TEXT NOT NULL,
    size BIGINT NOT NULL,
    file_sha256 TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    by_name TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX evidence_artifact ON evidence (artifact, at);
CREATE INDEX evidence_at ON evidence (at);
CREATE TABLE evidence_files (
    evidence_id TEXT NOT NULL PRIMARY KEY REFERENCES evidence (id) ON DELETE CASCADE,
    body BYTEA NOT NULL
);
CREATE TABLE evidence_waivers (
    id TEXT NOT NULL PRIMARY KEY,
    change_id TEXT NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    until BIGINT NOT NULL,
    asked_id TEXT NOT NULL,
    asked_name TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    agreed_id TEXT NOT NULL DEFAULT '',
    agreed_name TEXT NOT NULL DEFAULT '',
    agreed_at BIGINT,
    CHECK (agreed_id <> asked_id)
);
CREATE INDEX evidence_waivers_change ON evidence_waivers (change_id, version);
