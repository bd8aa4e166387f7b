-- Channels, and the outbox of what is to be told through them. team_id '*' stands for every team.
CREATE TABLE channels (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    team_id TEXT NOT NULL,
    events TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE TABLE deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    channel_id TEXT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    event TEXT NOT NULL,
    team_id TEXT NOT NULL,
    system_id TEXT,
    incident_id TEXT,
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'delivered', 'dead')),
    attempts BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_at BIGINT,
    delivered_at BIGINT,
    last_status BIGINT,
    last_error TEXT NOT NULL DEFAULT '',
    UNIQUE (channel_id, key)
);
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state IN ('waiting', 'sending');
CREATE INDEX deliveries_ledger ON deliveries (created_at, id);
CREATE INDEX deliveries_incident ON deliveries (incident_id);
