-- Channels that hear that a change was started, and that it was finished, hear as well that something was deployed for one without a go.
UPDATE channels SET events = events || ' change.ungated'
WHERE (' ' || events || ' ') LIKE '% change.started %' AND (' ' || events || ' ') LIKE '% change.finished %'
    AND (' ' || events || ' ') NOT LIKE '% change.ungated %';
-- The target of load tests that a deployment came to, whatever it is called by now; empty where none was called so,
-- or several were in another case.
ALTER TABLE deployments ADD COLUMN target_id TEXT NOT NULL DEFAULT '';
UPDATE deployments SET target_id = COALESCE(
    (SELECT MIN(t.id) FROM load_targets t WHERE t.system_id = deployments.system_id AND t.name = deployments.target),
    (SELECT CASE WHEN COUNT(*) = 1 THEN MIN(t.id) END FROM load_targets t WHERE t.system_id = deployments.system_id
        AND LOWER(t.name) = LOWER(deployments.target)),
    '') WHERE target <> '';
