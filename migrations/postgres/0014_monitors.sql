-- hold_s, recover_s: seconds that a monitor must be down before an alert fires, and up before it is resolved; NULL as usual.
ALTER TABLE monitors ADD COLUMN hold_s BIGINT;
ALTER TABLE monitors ADD COLUMN recover_s BIGINT;
-- Looked through every second for maintenances that are over.
CREATE INDEX monitors_maintenance ON monitors (maintenance_until) WHERE maintenance_until > 0;
