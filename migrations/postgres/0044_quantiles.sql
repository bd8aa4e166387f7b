-- The quantiles of a slot beside its sketch: a list reads numbers. Empty where nothing answered, and in slots of older programs.
ALTER TABLE monitor_rollups ADD COLUMN p50_us BIGINT;
ALTER TABLE monitor_rollups ADD COLUMN p95_us BIGINT;
ALTER TABLE monitor_rollups ADD COLUMN p99_us BIGINT;
