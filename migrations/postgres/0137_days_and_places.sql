-- First days of the times that are left out of an occasion that comes again, with blanks between them.
ALTER TABLE occasions ADD COLUMN without TEXT NOT NULL DEFAULT '';
-- Which place of its environment a deployment came to, as the target of load tests there is called; empty for all of them.
ALTER TABLE deployments ADD COLUMN target TEXT NOT NULL DEFAULT '';
-- What its environment is made of: `name=value`, one a line; empty where nobody says.
ALTER TABLE deployments ADD COLUMN facts TEXT NOT NULL DEFAULT '';
