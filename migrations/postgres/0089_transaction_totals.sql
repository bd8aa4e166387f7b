-- Charts without a choice add up the totals of a stream instead of every link and channel: a tenth of the cells. What was
-- counted before stays in the links alone, and is read from there; from a whole UTC day
-- after it on, both hold everything, whatever an older program still writes meanwhile.
CREATE TABLE transaction_totals (since BIGINT NOT NULL PRIMARY KEY);
INSERT INTO transaction_totals (since)
SELECT COALESCE((MAX(slot) / 86400000 + 2) * 86400000, 0) FROM transaction_segments WHERE cube = 1 AND grain = 86400000;
-- A table for each grain, so that what is swept every day leaves its room in the one of minutes alone. Segments are packed as
-- they are: to pack them again costs more than it gains.
ALTER TABLE transaction_segments RENAME TO transaction_segments_before;
ALTER INDEX transaction_segments_pkey RENAME TO transaction_segments_before_pkey;
DROP INDEX transaction_segments_level;
DROP INDEX transaction_segments_age;
CREATE TABLE transaction_segments (
    LIKE transaction_segments_before,
    PRIMARY KEY (cube, grain, system, slot, id)
) PARTITION BY LIST (grain);
CREATE TABLE transaction_segments_minute PARTITION OF transaction_segments FOR VALUES IN (60000);
CREATE TABLE transaction_segments_hour PARTITION OF transaction_segments FOR VALUES IN (3600000);
CREATE TABLE transaction_segments_day PARTITION OF transaction_segments FOR VALUES IN (86400000);
ALTER TABLE transaction_segments_minute ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE transaction_segments_hour ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE transaction_segments_day ALTER COLUMN body SET STORAGE EXTERNAL;
INSERT INTO transaction_segments (cube, grain, system, slot, id, level, written_at, body)
SELECT cube, grain, system, slot, id, level, written_at, body FROM transaction_segments_before;
DROP TABLE transaction_segments_before;
CREATE INDEX transaction_segments_level ON transaction_segments (level, cube, grain, system, slot);
CREATE INDEX transaction_segments_age ON transaction_segments (grain, slot);
