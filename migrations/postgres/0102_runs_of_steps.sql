-- Which step of its change a run was for, from 0, where the plan had it run; and whether it undoes that step.
ALTER TABLE runs ADD COLUMN change_step BIGINT;
ALTER TABLE runs ADD COLUMN undoes BIGINT NOT NULL DEFAULT 0;
