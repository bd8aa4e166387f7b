-- Alert rules, what each label set said last, and their values rolled up.
-- input, condition, severity: JSON. next_at: when it is to be evaluated next; whoever moves it forward evaluates.
CREATE TABLE alert_rules (
    id TEXT NOT NULL PRIMARY KEY,
    system_id TEXT NOT NULL REFERENCES systems (id),
    name TEXT NOT NULL,
    cluster TEXT NOT NULL DEFAULT '',
    source_id TEXT,
    input TEXT NOT NULL,
    weeks BIGINT,
    judged TEXT NOT NULL,
    for_s BIGINT NOT NULL,
    keep_s BIGINT NOT NULL,
    interval_s BIGINT NOT NULL,
    no_data TEXT NOT NULL,
    severity TEXT NOT NULL,
    labels TEXT NOT NULL,
    annotations TEXT NOT NULL,
    runbook TEXT NOT NULL DEFAULT '',
    paused BIGINT NOT NULL DEFAULT 0,
    shown TEXT NOT NULL,
    since BIGINT NOT NULL,
    evaluated_at BIGINT,
    why TEXT NOT NULL DEFAULT '',
    readings BIGINT NOT NULL DEFAULT 0,
    holding BIGINT NOT NULL DEFAULT 0,
    missed BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX alert_rules_system ON alert_rules (system_id);
CREATE INDEX alert_rules_due ON alert_rules (next_at);
CREATE TABLE rule_instances (
    rule_id TEXT NOT NULL REFERENCES alert_rules (id) ON DELETE CASCADE,
    fingerprint TEXT NOT NULL,
    labels TEXT NOT NULL,
    reading DOUBLE PRECISION,
    holds BIGINT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (rule_id, fingerprint)
);
CREATE TABLE rule_rollups (
    rule_id TEXT NOT NULL REFERENCES alert_rules (id) ON DELETE CASCADE,
    width BIGINT NOT NULL,
    start BIGINT NOT NULL,
    readings BIGINT NOT NULL,
    total DOUBLE PRECISION NOT NULL,
    least DOUBLE PRECISION NOT NULL,
    most DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (rule_id, width, start)
);
CREATE INDEX rule_rollups_age ON rule_rollups (width, start);
