-- Failures of streams that ask for it, as they were received: a bounded number of each minute, written in the transaction of their
-- batch. Numbers are those of transaction_values, d0 to d7 the places of the stream's dimensions; body says the same in words.
CREATE TABLE transaction_samples (
    stream BIGINT NOT NULL,
    minute BIGINT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    code BIGINT NOT NULL,
    d0 BIGINT NOT NULL,
    d1 BIGINT NOT NULL,
    d2 BIGINT NOT NULL,
    d3 BIGINT NOT NULL,
    d4 BIGINT NOT NULL,
    d5 BIGINT NOT NULL,
    d6 BIGINT NOT NULL,
    d7 BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (stream, minute, id)
);
