-- What others post is told apart by whose it is, too: two teams may post the same labels.
UPDATE alerts SET source_id = COALESCE(system_id, team_id) || ':' || source_id,
    fingerprint = source_kind || ':' || COALESCE(system_id, team_id) || ':' || source_id
WHERE source_kind = 'alertmanager' AND state <> 'resolved';
