-- The change that a deployment was made for; null for none.
ALTER TABLE deployments ADD COLUMN change_id TEXT;
CREATE INDEX deployments_change ON deployments (change_id, started_at);
