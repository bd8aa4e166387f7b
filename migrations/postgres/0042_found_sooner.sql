-- The ledger by what was given up and by channel, and alerts by when they fired, without a walk through all that was kept.
CREATE INDEX deliveries_dead ON deliveries (created_at, id) WHERE state = 'dead';
CREATE INDEX deliveries_channel ON deliveries (channel_id, created_at, id);
CREATE INDEX alerts_fired ON alerts (fired_at);
