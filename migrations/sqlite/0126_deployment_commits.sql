-- When the oldest commit was made that a deployment brings, where CI says so.
ALTER TABLE deployments ADD COLUMN committed_at BIGINT;
