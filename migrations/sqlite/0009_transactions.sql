-- Numbers for the texts of every dimension: cells hold numbers only.
CREATE TABLE transaction_values (
    id INTEGER PRIMARY KEY,
    dimension TEXT NOT NULL,
    value TEXT NOT NULL,
    UNIQUE (dimension, value)
);
-- Cells of one cube, grain, system and slot, packed. Any number of segments may stand for one slot: they add up.
CREATE TABLE transaction_segments (
    cube BIGINT NOT NULL,
    grain BIGINT NOT NULL,
    system BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    id TEXT NOT NULL,
    level BIGINT NOT NULL,
    written_at BIGINT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (cube, grain, system, slot, id)
);
CREATE INDEX transaction_segments_level ON transaction_segments (level, cube, grain, system, slot);
-- Every batch that was counted, written with its cells in one transaction: what makes a repeated batch count once.
CREATE TABLE transaction_batches (
    sender TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    accepted BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (sender, key)
);
CREATE INDEX transaction_batches_age ON transaction_batches (received_at);
-- The newest transaction of each system, so that a page can say how fresh it is.
CREATE TABLE transaction_latest (
    system_id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    received_at BIGINT NOT NULL
);
