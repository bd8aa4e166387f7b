-- Working on an incident together: who does what, what is to be done, what to read, and how incidents belong together.
CREATE TABLE incident_roles (
    key TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    place BIGINT NOT NULL
);
INSERT INTO incident_roles (key, name, name_zh, place) VALUES
    ('commander', 'Commander', '指挥', 0),
    ('communications', 'Communications', '对外沟通', 1),
    ('scribe', 'Scribe', '记录', 2),
    ('responder', 'Responder', '处置', 3);
CREATE TABLE incident_responders (
    incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    added_by TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (incident_id, user_id, role)
);
CREATE INDEX incident_responders_user ON incident_responders (user_id, incident_id);
-- Whoever leads is the commander.
INSERT INTO incident_responders (incident_id, user_id, role, name, added_by, added_at)
    SELECT id, owner_id, 'commander', owner_name, owner_name, updated_at FROM incidents WHERE owner_id IS NOT NULL;
CREATE TABLE incident_tasks (
    id TEXT NOT NULL PRIMARY KEY,
    incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    assignee_id TEXT,
    assignee_name TEXT NOT NULL,
    due_at BIGINT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    done_by TEXT NOT NULL DEFAULT '',
    done_at BIGINT
);
CREATE INDEX incident_tasks_incident ON incident_tasks (incident_id, id);
CREATE TABLE incident_links (
    incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    other_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('related', 'caused-by', 'duplicate')),
    linked_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (incident_id, other_id, kind)
);
CREATE INDEX incident_links_other ON incident_links (other_id);
-- merged_into: the incident that this one turned out to be; what happens to this one is told there.
ALTER TABLE incidents ADD COLUMN merged_into TEXT;
CREATE INDEX incidents_merged ON incidents (merged_into);
-- The pinned runbook: that of a system, or a text of its own; neither: that of the first system.
ALTER TABLE incidents ADD COLUMN runbook_system TEXT;
ALTER TABLE incidents ADD COLUMN runbook TEXT NOT NULL DEFAULT '';
