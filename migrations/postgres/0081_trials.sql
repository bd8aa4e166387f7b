-- Trials of high availability: JSON of what is taken away in the middle of a run, and when that was asked for (empty where nothing
-- is), what counts its changes, and whether something was taken away that is not known to have been given back.
ALTER TABLE load_runs ADD COLUMN trial TEXT NOT NULL DEFAULT '';
ALTER TABLE load_runs ADD COLUMN trial_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE load_runs ADD COLUMN owes BIGINT NOT NULL DEFAULT 0;
-- A script whose headers say who asks, sealed; what stands in `script` has them masked.
ALTER TABLE load_runs ADD COLUMN sealed TEXT NOT NULL DEFAULT '';
CREATE INDEX load_runs_owes ON load_runs (id) WHERE owes = 1;
