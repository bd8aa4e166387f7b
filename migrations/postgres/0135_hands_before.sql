-- Who had a hand in what is under way, or owes its approval, from before hands were kept: the trail knows who began it, ticked steps off,
-- rolled it back and ended it.
INSERT INTO change_hands (change_id, user_id)
SELECT DISTINCT c.id, u.id FROM changes c
    JOIN audit a ON a.object_kind = 'change' AND a.object_id = c.id
    LEFT JOIN tokens t ON a.actor_kind = 'token' AND t.id = a.actor_id
    JOIN users u ON u.id = COALESCE(t.user_id, CASE WHEN a.actor_kind = 'user' THEN a.actor_id ELSE '' END)
WHERE (c.state = 'executing' OR c.owed_at IS NOT NULL) AND a.act IN ('change.start', 'change.step', 'change.rollback', 'change.finish')
ON CONFLICT (change_id, user_id) DO NOTHING;
-- And whoever had a tool of its plan run.
INSERT INTO change_hands (change_id, user_id)
SELECT DISTINCT c.id, u.id FROM changes c JOIN runs r ON r.change_id = c.id JOIN users u ON u.id = r.requested_by
WHERE (c.state = 'executing' OR c.owed_at IS NOT NULL) AND r.change_step IS NOT NULL AND r.undoes = 0
ON CONFLICT (change_id, user_id) DO NOTHING;
