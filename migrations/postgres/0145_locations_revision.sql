-- Grows with every edit of a location, so that of two people who edit it at once the second hears of the first. Its column version is that of
-- its agent.
ALTER TABLE locations ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
