-- What kind of change each is, how risky facts make it, how long an approval holds, and what was overridden.
ALTER TABLE changes ADD COLUMN kind TEXT NOT NULL DEFAULT 'normal';
ALTER TABLE changes ADD COLUMN score TEXT NOT NULL DEFAULT '{"total":0,"reasons":[]}';
-- approval_ms: how long an approval holds; 0: as long as the window. approval_until: until when the present one does.
ALTER TABLE changes ADD COLUMN approval_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE changes ADD COLUMN approval_until BIGINT;
ALTER TABLE changes ADD COLUMN started_by TEXT NOT NULL DEFAULT '';
-- owed_at: an emergency ran before it was approved; its approval is due then. chase_at: when it is asked for again.
ALTER TABLE changes ADD COLUMN owed_at BIGINT;
ALTER TABLE changes ADD COLUMN chase_at BIGINT;
CREATE INDEX changes_chase ON changes (chase_at);
-- What somebody went past, and why: one row for each reason that yielded.
CREATE TABLE change_overrides (
    id TEXT NOT NULL PRIMARY KEY,
    change_id TEXT NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    what TEXT NOT NULL,
    reason TEXT NOT NULL,
    by_id TEXT NOT NULL,
    by_name TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX change_overrides_change ON change_overrides (change_id, at);
CREATE INDEX change_overrides_at ON change_overrides (at);
