-- What the alert that opened an incident said in each language at that moment, as JSON; empty where it was one alone. The title was made of it.
ALTER TABLE incidents ADD COLUMN told TEXT NOT NULL DEFAULT '';
-- The version of its change for which a deployment to production came with a go while nobody had begun the work; 0 where there was none.
ALTER TABLE deployments ADD COLUMN gated BIGINT NOT NULL DEFAULT 0;
