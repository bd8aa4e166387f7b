-- Since when a run waits because everything of its incident that lasts is kept quiet.
ALTER TABLE escalation_runs ADD COLUMN held_at BIGINT;
