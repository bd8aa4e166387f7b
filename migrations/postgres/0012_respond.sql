-- What keeps alerts, incidents, deliveries and runs quick however long they are kept, and lets them be forgotten.
-- events: how many rows of history an alert has; the last one carries this number.
ALTER TABLE alerts ADD COLUMN events BIGINT NOT NULL DEFAULT 0;
UPDATE alerts SET events = (SELECT COUNT(*) FROM alert_events e WHERE e.alert_id = alerts.id);
-- The order of lists, word for word as the query says it.
CREATE INDEX alerts_place ON alerts ((CASE WHEN state = 'resolved' THEN 2000000000000000 WHEN acknowledged_at IS NOT NULL THEN 1000000000000000 ELSE 0 END
    + CASE WHEN state = 'resolved' THEN 0 ELSE severity * 100000000000000 END + 10000000000000 - started_at), id);
CREATE INDEX alerts_over ON alerts (resolved_at) WHERE state = 'resolved';
-- version: counts edits of title, severity and impact.
ALTER TABLE incidents ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
-- A removed channel stays as long as its ledger: removed_at, and the name it had; its own name is free again.
ALTER TABLE channels ADD COLUMN removed_at BIGINT;
ALTER TABLE channels ADD COLUMN former_name TEXT NOT NULL DEFAULT '';
DROP INDEX deliveries_due;
CREATE INDEX deliveries_waiting ON deliveries (channel_id, next_at, id) WHERE state IN ('waiting', 'sending');
CREATE INDEX deliveries_tests ON deliveries (channel_id, next_at, id) WHERE event = 'test' AND state IN ('waiting', 'sending');
CREATE INDEX runs_system ON runs (system_id, requested_at);
CREATE INDEX runs_finished ON runs (finished_at);
