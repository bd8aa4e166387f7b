-- What evidence of the kind custom is of, as a policy names it; empty for the other kinds.
ALTER TABLE evidence ADD COLUMN custom TEXT NOT NULL DEFAULT '';
ALTER TABLE evidence_waivers ADD COLUMN custom TEXT NOT NULL DEFAULT '';
