-- Carrying changes out: steps ticked off, pauses; freezes that come again, that yield, that two people break.
ALTER TABLE changes ADD COLUMN paused_at BIGINT;
CREATE TABLE change_ticks (
    change_id TEXT NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
    -- Which step, from 0. What is carried out is not edited, so that places stay.
    place BIGINT NOT NULL,
    result TEXT NOT NULL CHECK (result IN ('done', 'failed', 'skipped')),
    note TEXT NOT NULL,
    by_name TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (change_id, place)
);
-- hard: nothing but two people who break it goes past it; otherwise a reason does. recurrence: JSON, empty for one span.
ALTER TABLE freezes ADD COLUMN hard BIGINT NOT NULL DEFAULT 1;
ALTER TABLE freezes ADD COLUMN recurrence TEXT NOT NULL DEFAULT '';
CREATE TABLE freeze_breaks (
    id TEXT NOT NULL PRIMARY KEY,
    freeze_id TEXT NOT NULL,
    freeze_reason TEXT NOT NULL,
    change_id TEXT NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    reason TEXT NOT NULL,
    asked_id TEXT NOT NULL,
    asked_name TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    agreed_id TEXT NOT NULL DEFAULT '',
    agreed_name TEXT NOT NULL DEFAULT '',
    agreed_at BIGINT,
    CHECK (agreed_id <> asked_id),
    UNIQUE (change_id, version, freeze_id)
);
CREATE INDEX freeze_breaks_freeze ON freeze_breaks (freeze_id);
