-- Of incidents that count the same failed transactions, the one that was opened first has them in sums.
-- own_failed: of those that failed, those that no incident opened before counts; -1: all of them.
-- also: ids of the incidents that count some of the same, as a JSON list.
ALTER TABLE incident_impacts ADD COLUMN own_failed BIGINT NOT NULL DEFAULT -1;
ALTER TABLE incident_impacts ADD COLUMN also TEXT NOT NULL DEFAULT '[]';
-- The systems whose transactions were counted.
CREATE TABLE incident_counted (
    system_id TEXT NOT NULL,
    incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    PRIMARY KEY (system_id, incident_id)
);
CREATE INDEX incident_counted_incident ON incident_counted (incident_id);
INSERT INTO incident_counted (system_id, incident_id) SELECT s.system_id, s.incident_id FROM incident_systems s
    JOIN incident_impacts m ON m.incident_id = s.incident_id WHERE m.verdict <> 'none';
