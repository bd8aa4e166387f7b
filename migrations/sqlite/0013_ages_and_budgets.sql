-- Transactions: what is too old is found by its age, and only batches with a key are remembered.
CREATE INDEX transaction_segments_age ON transaction_segments (grain, slot);
DELETE FROM transaction_batches WHERE fingerprint = '';
-- The number of the system that brought a value first and pays for it out of its budget; 0 for nobody.
ALTER TABLE transaction_values ADD COLUMN system BIGINT NOT NULL DEFAULT 0;
-- No transaction after this moment uses the value under its number: once nothing before is kept, it may go.
ALTER TABLE transaction_values ADD COLUMN used_until BIGINT NOT NULL DEFAULT 0;
UPDATE transaction_values SET used_until = (SELECT COALESCE(MAX(at), 0) FROM transaction_latest);
CREATE INDEX transaction_values_used ON transaction_values (used_until);
-- Changes: when each really ran or will run. One under way has no end yet.
ALTER TABLE changes ADD COLUMN busy_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE changes ADD COLUMN busy_to BIGINT NOT NULL DEFAULT 0;
UPDATE changes SET busy_from = COALESCE(started_at, starts_at),
    busy_to = CASE WHEN state = 'executing' THEN 9223372036854775807 ELSE COALESCE(finished_at, ends_at) END;
CREATE INDEX changes_busy ON changes (busy_to, busy_from);
