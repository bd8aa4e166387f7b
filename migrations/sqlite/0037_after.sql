-- What an incident cost, when things really were, what was learned, what is done about it, and which alerts were worth it.
CREATE TABLE incident_impacts (
    incident_id TEXT NOT NULL PRIMARY KEY REFERENCES incidents (id) ON DELETE CASCADE,
    computed_at BIGINT NOT NULL,
    from_at BIGINT NOT NULL,
    to_at BIGINT NOT NULL,
    -- settled: it is over, and what was posted late is counted; nothing changes it but another end.
    settled BIGINT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('told', 'too-little', 'none')),
    total BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    expected BIGINT NOT NULL,
    excess BIGINT NOT NULL,
    low BIGINT NOT NULL,
    high BIGINT NOT NULL,
    missing BIGINT NOT NULL,
    weeks BIGINT NOT NULL,
    money TEXT NOT NULL,
    systems TEXT NOT NULL
);
-- A moment as somebody corrected it; the moment by the facts stays where it is. was: what held before.
CREATE TABLE incident_times (
    incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    what TEXT NOT NULL CHECK (what IN ('began', 'detected', 'acknowledged', 'mitigated', 'resolved')),
    at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    corrected_by TEXT NOT NULL,
    corrected_at BIGINT NOT NULL,
    PRIMARY KEY (incident_id, what)
);
CREATE TABLE incident_reviews (
    incident_id TEXT NOT NULL PRIMARY KEY REFERENCES incidents (id) ON DELETE CASCADE,
    summary TEXT NOT NULL,
    went_well TEXT NOT NULL,
    went_badly TEXT NOT NULL,
    causes TEXT NOT NULL,
    version BIGINT NOT NULL,
    written_by TEXT NOT NULL,
    written_at BIGINT NOT NULL,
    finished_by TEXT NOT NULL DEFAULT '',
    finished_at BIGINT
);
CREATE TABLE incident_actions (
    id TEXT NOT NULL PRIMARY KEY,
    incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    owner_name TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_by TEXT NOT NULL DEFAULT '',
    ended_at BIGINT,
    dropped_why TEXT NOT NULL DEFAULT '',
    -- When its owner is reminded next, and how often they were.
    remind_at BIGINT NOT NULL,
    reminded BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX incident_actions_incident ON incident_actions (incident_id, id);
CREATE INDEX incident_actions_open ON incident_actions (due_at, id) WHERE ended_at IS NULL;
CREATE INDEX incident_actions_remind ON incident_actions (remind_at) WHERE ended_at IS NULL;
CREATE INDEX incident_actions_owner ON incident_actions (owner_id, due_at);
-- What people said of an alert: whether it was worth waking somebody.
CREATE TABLE alert_feedback (
    alert_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    useful BIGINT NOT NULL,
    said_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (alert_id, user_id)
);
