-- Incidents, their systems, their timelines, and what people said of suspected changes.
CREATE TABLE incident_counter (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    last BIGINT NOT NULL
);
INSERT INTO incident_counter (id, last) VALUES (1, 0);
CREATE TABLE incidents (
    id TEXT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    severity BIGINT NOT NULL CHECK (severity BETWEEN 1 AND 4),
    state TEXT NOT NULL CHECK (state IN ('triage', 'investigating', 'identified', 'mitigated', 'resolved', 'reviewed', 'closed')),
    is_open BIGINT NOT NULL,
    system_id TEXT NOT NULL REFERENCES systems (id),
    team_id TEXT NOT NULL,
    cause TEXT NOT NULL,
    impact TEXT NOT NULL,
    owner_id TEXT,
    owner_name TEXT NOT NULL DEFAULT '',
    opened_at BIGINT NOT NULL,
    acknowledged_at BIGINT,
    mitigated_at BIGINT,
    resolved_at BIGINT,
    reopened BIGINT NOT NULL DEFAULT 0,
    previous_id TEXT,
    entries BIGINT NOT NULL DEFAULT 0,
    updated_at BIGINT NOT NULL
);
-- One open incident per system and cause; a person may open as many as they want.
CREATE UNIQUE INDEX incidents_running ON incidents (system_id, cause) WHERE is_open = 1 AND cause <> '';
CREATE INDEX incidents_cause ON incidents (system_id, cause, number);
CREATE INDEX incidents_team ON incidents (team_id, number);
CREATE INDEX incidents_open ON incidents (is_open, number);
CREATE TABLE incident_systems (
    incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    system_id TEXT NOT NULL REFERENCES systems (id),
    place BIGINT NOT NULL,
    PRIMARY KEY (incident_id, system_id)
);
CREATE INDEX incident_systems_system ON incident_systems (system_id, incident_id);
CREATE TABLE incident_entries (
    id TEXT NOT NULL PRIMARY KEY,
    incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    text TEXT NOT NULL,
    link TEXT NOT NULL,
    UNIQUE (incident_id, seq)
);
CREATE TABLE incident_judgements (
    incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    change_id TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('confirmed', 'rejected')),
    judged_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (incident_id, change_id)
);
CREATE INDEX incident_judgements_change ON incident_judgements (change_id);
