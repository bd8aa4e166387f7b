-- What the alert that opened an incident said in each language at that moment, as JSON; empty where it was one alone. The title was made of it.
ALTER TABLE incidents ADD COLUMN told TEXT NOT NULL DEFAULT '';
-- Of those that were opened before, what the alert with their title says now.
UPDATE incidents SET told = COALESCE(
    (SELECT '{"annotations":' || a.annotations || ',"late":' || CASE WHEN a.late = '' THEN 'null' ELSE a.late END || '}' FROM alerts a
        WHERE a.incident_id = incidents.id AND a.title = incidents.title
            AND (a.late <> '' OR a.annotations LIKE '%_zh"%' OR a.annotations LIKE '%_en"%')
        ORDER BY a.started_at, a.id LIMIT 1),
    '') WHERE told = '';
-- The version of its change for which a deployment to production came with a go while nobody had begun the work; 0 where there was none.
ALTER TABLE deployments ADD COLUMN gated BIGINT NOT NULL DEFAULT 0;
