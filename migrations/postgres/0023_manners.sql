-- manner: language, quiet hours, rate, fallback and templates of a channel, as JSON.
ALTER TABLE channels ADD COLUMN manner TEXT NOT NULL DEFAULT '{}';
UPDATE channels SET config = '{"url":"' || target || '"}' WHERE kind = 'webhook' AND config = '{}';
-- Since when nothing arrives through a channel, and how many attempts failed since.
ALTER TABLE channels ADD COLUMN failing_since BIGINT;
ALTER TABLE channels ADD COLUMN failures BIGINT NOT NULL DEFAULT 0;
-- The code that verifies a contact method: what it is made of, until when it opens, wrong tries.
ALTER TABLE channels ADD COLUMN code_seed TEXT NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN code_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN code_tries BIGINT NOT NULL DEFAULT 0;
-- severity: rank of what is told, for quiet hours. receipt: how the other side calls it. held: why it waits though nothing failed.
-- summed_in: the delivery that told this one too. instead_of: the delivery that this one stands in for; passed_on: that there is one
-- that stands in for this.
ALTER TABLE deliveries ADD COLUMN severity BIGINT;
ALTER TABLE deliveries ADD COLUMN receipt TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN held TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN summed_in TEXT;
ALTER TABLE deliveries ADD COLUMN instead_of TEXT;
ALTER TABLE deliveries ADD COLUMN passed_on BIGINT NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN first_failed_at BIGINT;
CREATE INDEX deliveries_told ON deliveries (channel_id, delivered_at);
