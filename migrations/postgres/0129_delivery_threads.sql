-- thread: what a delivery tells of, an alert, a group, an incident; '' for what stands by itself. behind: 0, or how many of the same
-- thread and channel wait before it: what is told of one thing leaves one after the other.
ALTER TABLE deliveries ADD COLUMN thread TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN behind BIGINT NOT NULL DEFAULT 0;
DROP INDEX deliveries_waiting;
CREATE INDEX deliveries_waiting ON deliveries (channel_id, next_at, id) WHERE behind = 0 AND state IN ('waiting', 'sending');
DROP INDEX deliveries_outside;
CREATE INDEX deliveries_outside ON deliveries (next_at, id) WHERE event IN ('status.confirm', 'status.notice') AND behind = 0 AND state IN ('waiting', 'sending');
CREATE INDEX deliveries_thread ON deliveries (thread, channel_id, behind) WHERE thread <> '' AND state IN ('waiting', 'sending');
