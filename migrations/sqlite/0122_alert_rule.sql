-- JSON: what its source looks at and when that is bad, as it said it last; so that it can be told after the rule is gone.
ALTER TABLE alerts ADD COLUMN rule TEXT NOT NULL DEFAULT '[]';
