-- Streams that were declared; a usual stream has the id of its system and an empty key, and a row only where something was declared
-- for it. dimensions, success_codes, mapping, keeping: JSON.
CREATE TABLE streams (
    id TEXT NOT NULL PRIMARY KEY,
    system_id TEXT NOT NULL REFERENCES systems (id),
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    dimensions TEXT NOT NULL,
    success_codes TEXT NOT NULL,
    currency TEXT NOT NULL,
    mapping TEXT NOT NULL,
    keeping TEXT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (system_id, key)
);
-- Who sends a stream, and how far its times lie from their arrival, in milliseconds. skew: the smallest lag of the last batches;
-- it gives way slowly.
CREATE TABLE stream_senders (
    stream_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    name TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    accepted BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    newest_lag BIGINT NOT NULL,
    oldest_lag BIGINT NOT NULL,
    skew BIGINT NOT NULL,
    PRIMARY KEY (stream_id, sender)
);
-- When a value of a dimension was last counted as another one, because its stream had brought as many as it may.
CREATE TABLE stream_others (
    stream_id TEXT NOT NULL,
    dimension TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (stream_id, dimension)
);
