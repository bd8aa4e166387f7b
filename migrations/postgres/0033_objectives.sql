-- Objectives and what is known of each. sli, burns: JSON. next_at: when it is to be looked at next; whoever moves it forward
-- looks. good, total: counts of the whole window.
CREATE TABLE objectives (
    id TEXT NOT NULL PRIMARY KEY,
    system_id TEXT NOT NULL REFERENCES systems (id),
    name TEXT NOT NULL,
    sli TEXT NOT NULL,
    target DOUBLE PRECISION NOT NULL,
    days BIGINT NOT NULL,
    paused BIGINT NOT NULL DEFAULT 0,
    shown TEXT NOT NULL,
    since BIGINT NOT NULL,
    evaluated_at BIGINT,
    why TEXT NOT NULL DEFAULT '',
    good DOUBLE PRECISION,
    total DOUBLE PRECISION,
    burns TEXT NOT NULL DEFAULT '[]',
    next_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX objectives_system ON objectives (system_id);
CREATE INDEX objectives_due ON objectives (next_at);
