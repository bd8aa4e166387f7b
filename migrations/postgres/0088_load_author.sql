-- Whose word it is what a load test was held to.
ALTER TABLE load_runs ADD COLUMN by_id TEXT NOT NULL DEFAULT '';
