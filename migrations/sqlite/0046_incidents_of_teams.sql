-- An incident may concern a team and no system: what others report knows none. A column cannot be made optional here, so another
-- one takes its place; a table that others refer to is not rebuilt, because dropping it would empty those.
DROP INDEX incidents_running;
DROP INDEX incidents_cause;
ALTER TABLE incidents ADD COLUMN first_system TEXT REFERENCES systems (id);
UPDATE incidents SET first_system = system_id;
ALTER TABLE incidents DROP COLUMN system_id;
ALTER TABLE incidents RENAME COLUMN first_system TO system_id;
-- One open incident per system and cause, or per team and cause; a person may open as many as they want.
CREATE UNIQUE INDEX incidents_running ON incidents (system_id, cause) WHERE is_open = 1 AND cause <> '';
CREATE UNIQUE INDEX incidents_running_team ON incidents (team_id, cause) WHERE system_id IS NULL AND is_open = 1 AND cause <> '';
CREATE INDEX incidents_cause ON incidents (system_id, cause, number);
CREATE INDEX incidents_cause_team ON incidents (team_id, cause, number) WHERE system_id IS NULL;
