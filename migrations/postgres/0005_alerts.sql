-- Alerts: one row per run of a condition, from its first sign to its end; and everything that happened to it.
-- holds: 1 the condition holds, 0 it does not, -1 nobody knows.
CREATE TABLE alerts (
    id TEXT NOT NULL PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    source_kind TEXT NOT NULL,
    source_id TEXT NOT NULL,
    system_id TEXT NOT NULL REFERENCES systems (id),
    team_id TEXT NOT NULL,
    title TEXT NOT NULL,
    detail TEXT NOT NULL,
    url TEXT NOT NULL,
    severity BIGINT NOT NULL CHECK (severity BETWEEN 1 AND 4),
    state TEXT NOT NULL CHECK (state IN ('pending', 'firing', 'recovering', 'resolved')),
    holds BIGINT NOT NULL CHECK (holds BETWEEN -1 AND 1),
    holds_since BIGINT NOT NULL,
    hold_ms BIGINT NOT NULL,
    recover_ms BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    fired_at BIGINT,
    resolved_at BIGINT,
    acknowledged_at BIGINT,
    acknowledged_by TEXT NOT NULL DEFAULT '',
    incident_id TEXT
);
CREATE UNIQUE INDEX alerts_running ON alerts (fingerprint) WHERE state <> 'resolved';
CREATE INDEX alerts_state ON alerts (state, started_at);
CREATE INDEX alerts_system ON alerts (system_id, started_at);
CREATE INDEX alerts_incident ON alerts (incident_id);
CREATE TABLE alert_events (
    id TEXT NOT NULL PRIMARY KEY,
    alert_id TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    actor TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX alert_events_alert ON alert_events (alert_id, at, seq);
