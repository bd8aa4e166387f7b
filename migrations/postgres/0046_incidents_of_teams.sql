-- An incident may concern a team and no system: what others report knows none.
ALTER TABLE incidents ALTER COLUMN system_id DROP NOT NULL;
-- One open incident per system and cause, or per team and cause; a person may open as many as they want.
CREATE UNIQUE INDEX incidents_running_team ON incidents (team_id, cause) WHERE system_id IS NULL AND is_open = 1 AND cause <> '';
CREATE INDEX incidents_cause_team ON incidents (team_id, cause, number) WHERE system_id IS NULL;
