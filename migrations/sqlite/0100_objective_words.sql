-- What alerts of an objective carry: labels, annotations, the runbook.
ALTER TABLE objectives ADD COLUMN words TEXT NOT NULL DEFAULT '{}';
