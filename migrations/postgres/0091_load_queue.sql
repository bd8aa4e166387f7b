-- Runs that wait, by when they were asked for: looked for every few seconds.
CREATE INDEX load_runs_queued ON load_runs (asked_at) WHERE state = 'queued';
