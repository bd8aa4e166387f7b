-- Which version of a freeze was broken: an edit of the freeze is another one. Those that were broken before hold for the present one.
ALTER TABLE freeze_breaks ADD COLUMN freeze_version BIGINT NOT NULL DEFAULT 1;
UPDATE freeze_breaks SET freeze_version = COALESCE((SELECT f.version FROM freezes f WHERE f.id = freeze_breaks.freeze_id), 1);
