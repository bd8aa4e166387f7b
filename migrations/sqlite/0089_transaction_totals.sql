-- Charts without a choice add up the totals of a stream instead of every link and channel: a tenth of the cells. What was
-- counted before stays in the links alone, and is read from there; from a whole UTC day
-- after it on, both hold everything, whatever an older program still writes meanwhile.
CREATE TABLE transaction_totals (since BIGINT NOT NULL PRIMARY KEY);
INSERT INTO transaction_totals (since)
SELECT COALESCE((MAX(slot) / 86400000 + 2) * 86400000, 0) FROM transaction_segments WHERE cube = 1 AND grain = 86400000;
