-- Which version of the routes led an alert to its groups: after an edit the dispatcher leads what is behind, some at a time.
ALTER TABLE alerts ADD COLUMN routed BIGINT NOT NULL DEFAULT 0;
UPDATE alerts SET routed = COALESCE((SELECT MAX(version) FROM alert_routing), 0) WHERE state <> 'resolved';
