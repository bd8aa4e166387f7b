-- Whether somebody asked for the next step: it waits for no group of the routes.
ALTER TABLE escalation_runs ADD COLUMN by_hand BIGINT NOT NULL DEFAULT 0;
