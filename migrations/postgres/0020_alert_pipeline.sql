-- What happens between an alert and those who are told of it.
-- suppressed: why it tells nobody, a JSON list, empty where nothing keeps it quiet. expires_at: when it is over unless its source
-- says it again.
ALTER TABLE alerts ADD COLUMN suppressed TEXT NOT NULL DEFAULT '[]';
ALTER TABLE alerts ADD COLUMN expires_at BIGINT;
CREATE INDEX alerts_condition ON alerts (fingerprint, fired_at);
CREATE INDEX alerts_expiry ON alerts (expires_at) WHERE state <> 'resolved' AND expires_at IS NOT NULL;
-- team_id '*' stands for every team. recurrence is JSON, empty for none.
CREATE TABLE silences (
    id TEXT NOT NULL PRIMARY KEY,
    team_id TEXT NOT NULL,
    matchers TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    recurrence TEXT NOT NULL,
    comment TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX silences_end ON silences (ends_at, id);
-- Every version of the routing file; the last one is in force.
CREATE TABLE alert_routing (
    version BIGINT NOT NULL PRIMARY KEY,
    yaml TEXT NOT NULL,
    author TEXT NOT NULL,
    at BIGINT NOT NULL
);
-- A group of alerts for one receiver. place: the route; channels, team, send_resolved: the receiver as it was when it was chosen last;
-- leaving: the routes do not lead here any more, only ends that are owed are still told. said: how many notifications there were.
CREATE TABLE alert_groups (
    id TEXT NOT NULL PRIMARY KEY,
    group_key TEXT NOT NULL,
    receiver TEXT NOT NULL,
    place TEXT NOT NULL,
    labels TEXT NOT NULL,
    channels TEXT NOT NULL,
    tells_team BIGINT NOT NULL,
    send_resolved BIGINT NOT NULL,
    wait_ms BIGINT NOT NULL,
    interval_ms BIGINT NOT NULL,
    repeat_ms BIGINT NOT NULL,
    mute TEXT NOT NULL,
    active TEXT NOT NULL,
    standing BIGINT NOT NULL,
    leaving BIGINT NOT NULL DEFAULT 0,
    said BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT,
    flushed_at BIGINT,
    told_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX alert_groups_key ON alert_groups (group_key, receiver) WHERE leaving = 0;
CREATE INDEX alert_groups_due ON alert_groups (next_at) WHERE next_at IS NOT NULL;
CREATE TABLE alert_members (
    group_id TEXT NOT NULL REFERENCES alert_groups (id) ON DELETE CASCADE,
    alert_id TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    told TEXT NOT NULL,
    told_at BIGINT,
    PRIMARY KEY (group_id, alert_id)
);
CREATE INDEX alert_members_alert ON alert_members (alert_id);
-- What was decided about an alert, when it was: data is JSON.
CREATE TABLE alert_decisions (
    id TEXT NOT NULL PRIMARY KEY,
    alert_id TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX alert_decisions_alert ON alert_decisions (alert_id, seq);
-- Who acknowledges silences; the rest is the administrator's to give.
UPDATE roles SET permissions = permissions || ' alerts.silence' WHERE ' ' || permissions || ' ' LIKE '% alerts.acknowledge %';
UPDATE roles SET permissions = permissions || ' alerts.route alerts.ingest' WHERE key = 'administrator';
