-- Alerts carry labels and annotations, and may concern no system of the catalogue. The tables are made anew, because a
-- column does not lose its NOT NULL otherwise; the history goes first, so that nothing is swept away with its alert.
CREATE TABLE alerts_new (
    id TEXT NOT NULL PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    source_kind TEXT NOT NULL,
    source_id TEXT NOT NULL,
    system_id TEXT REFERENCES systems (id),
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
    incident_id TEXT,
    events BIGINT NOT NULL DEFAULT 0,
    labels TEXT NOT NULL DEFAULT '{}',
    annotations TEXT NOT NULL DEFAULT '{}'
);
INSERT INTO alerts_new (id, fingerprint, source_kind, source_id, system_id, team_id, title, detail, url, severity, state, holds, holds_since,
    hold_ms, recover_ms, started_at, changed_at, seen_at, fired_at, resolved_at, acknowledged_at, acknowledged_by, incident_id, events)
SELECT id, fingerprint, source_kind, source_id, system_id, team_id, title, detail, url, severity, state, holds, holds_since,
    hold_ms, recover_ms, started_at, changed_at, seen_at, fired_at, resolved_at, acknowledged_at, acknowledged_by, incident_id, events
FROM alerts;
CREATE TABLE alert_events_new (
    id TEXT NOT NULL PRIMARY KEY,
    alert_id TEXT NOT NULL REFERENCES alerts_new (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    actor TEXT NOT NULL,
    detail TEXT NOT NULL
);
INSERT INTO alert_events_new (id, alert_id, seq, at, kind, from_state, to_state, actor, detail)
SELECT id, alert_id, seq, at, kind, from_state, to_state, actor, detail FROM alert_events;
DROP TABLE alert_events;
DROP TABLE alerts;
ALTER TABLE alerts_new RENAME TO alerts;
ALTER TABLE alert_events_new RENAME TO alert_events;
CREATE UNIQUE INDEX alerts_running ON alerts (fingerprint) WHERE state <> 'resolved';
CREATE INDEX alerts_state ON alerts (state, started_at);
CREATE INDEX alerts_system ON alerts (system_id, started_at);
CREATE INDEX alerts_incident ON alerts (incident_id);
CREATE INDEX alerts_place ON alerts ((CASE WHEN state = 'resolved' THEN 2000000000000000 WHEN acknowledged_at IS NOT NULL THEN 1000000000000000 ELSE 0 END
    + CASE WHEN state = 'resolved' THEN 0 ELSE severity * 100000000000000 END + 10000000000000 - started_at), id);
CREATE INDEX alerts_over ON alerts (resolved_at) WHERE state = 'resolved';
CREATE INDEX alert_events_alert ON alert_events (alert_id, at, seq);
-- The labels once more, to find alerts by them.
CREATE TABLE alert_labels (
    alert_id TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (alert_id, name)
);
CREATE INDEX alert_labels_value ON alert_labels (name, value, alert_id);
