-- Changes are watched once their work has ended: how far the watching has come, and every look.
CREATE TABLE change_verifications (
    change_id TEXT NOT NULL PRIMARY KEY REFERENCES changes (id) ON DELETE CASCADE,
    stage TEXT NOT NULL CHECK (stage IN ('watching', 'extended', 'morning', 'over')),
    verdict TEXT NOT NULL CHECK (verdict IN ('pass', 'fail', 'inconclusive')),
    span_from BIGINT NOT NULL,
    span_to BIGINT NOT NULL,
    -- NULL where nothing more is looked at.
    next_at BIGINT,
    -- JSON: the slots that the chart draws; what a person said, empty where nobody has.
    drawn TEXT NOT NULL DEFAULT '[]',
    judged TEXT NOT NULL DEFAULT ''
);
CREATE INDEX change_verifications_due ON change_verifications (next_at);
CREATE TABLE change_looks (
    change_id TEXT NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (change_id, place)
);
