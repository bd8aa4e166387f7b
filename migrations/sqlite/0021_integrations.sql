-- Ways in for alerts that other systems post: an address with a secret, found by its hash and shown from a sealed copy.
CREATE TABLE integrations (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    team_id TEXT NOT NULL,
    system_id TEXT,
    secret_hash TEXT NOT NULL UNIQUE,
    secret_sealed TEXT NOT NULL,
    mapping TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    taken BIGINT NOT NULL DEFAULT 0,
    refused BIGINT NOT NULL DEFAULT 0,
    last_at BIGINT,
    last_error TEXT NOT NULL DEFAULT '',
    last_error_at BIGINT,
    version BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL
);
