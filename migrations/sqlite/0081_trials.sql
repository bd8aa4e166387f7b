-- Trials of high availability: JSON of what is taken away in the middle of a run, and when that was asked for; empty where nothing is.
ALTER TABLE load_runs ADD COLUMN trial TEXT NOT NULL DEFAULT '';
