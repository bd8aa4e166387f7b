-- Whether somebody took notice of an incident since it opened last: a relapse is to page again, whoever saw the one before.
ALTER TABLE incidents ADD COLUMN seen_at BIGINT;
UPDATE incidents SET seen_at = acknowledged_at WHERE reopened = 0;
