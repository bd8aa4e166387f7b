-- Load tests from before it was kept whose word they are held to: the trail knows who asked.
UPDATE load_runs SET by_id = COALESCE((SELECT MAX(COALESCE(t.user_id, CASE WHEN a.actor_kind = 'user' THEN a.actor_id ELSE '' END))
    FROM audit a LEFT JOIN tokens t ON a.actor_kind = 'token' AND t.id = a.actor_id
    WHERE a.object_kind = 'load-run' AND a.object_id = load_runs.id AND a.act = 'load.ask'), '') WHERE by_id = '' AND comparison_id IS NULL;
UPDATE load_runs SET by_id = COALESCE((SELECT MAX(COALESCE(t.user_id, CASE WHEN a.actor_kind = 'user' THEN a.actor_id ELSE '' END))
    FROM audit a LEFT JOIN tokens t ON a.actor_kind = 'token' AND t.id = a.actor_id
    WHERE a.object_kind = 'load-comparison' AND a.object_id = load_runs.comparison_id AND a.act = 'load.compare'), '')
    WHERE by_id = '' AND comparison_id IS NOT NULL;
-- A run alone is held to limits that whoever asked for it chose, and so is a comparison that bears more than the usual.
UPDATE evidence SET by_id = r.by_id FROM load_runs r WHERE r.evidence_id = evidence.id AND r.trial = '' AND evidence.by_id = '';
UPDATE evidence SET by_id = r.by_id FROM load_comparisons c JOIN load_runs r ON r.comparison_id = c.id AND r.turn = 0
    WHERE c.evidence_id = evidence.id AND (c.slower > 1.10 OR c.throughput < 0.95) AND evidence.by_id = '';
-- Of the rest nobody knows whose limits they were, but for comparisons by the usual ones.
UPDATE evidence SET computed = 0 WHERE kind = 'performance' AND by_id = '' AND computed = 1
    AND id NOT IN (SELECT evidence_id FROM load_comparisons WHERE evidence_id IS NOT NULL AND slower <= 1.10 AND throughput >= 0.95);
