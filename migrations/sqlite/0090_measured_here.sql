-- Whether the portal measured what evidence shows, against a registered target.
ALTER TABLE evidence ADD COLUMN measured_here BIGINT NOT NULL DEFAULT 0;
UPDATE evidence SET measured_here = 1 WHERE id IN (SELECT evidence_id FROM load_runs WHERE evidence_id IS NOT NULL)
    OR id IN (SELECT evidence_id FROM load_comparisons WHERE evidence_id IS NOT NULL);
