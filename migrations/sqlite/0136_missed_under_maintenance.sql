-- A heartbeat that was missed under maintenance told alerts that all is well, and its next word may be days away: it is looked at again.
UPDATE monitor_standings SET due_at = since WHERE state = 'down' AND told = 'clear' AND due_at IS NOT NULL
    AND monitor_id IN (SELECT id FROM monitors WHERE kind = 'heartbeat' AND paused = 0);
