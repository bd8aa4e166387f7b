-- Until when the maintenance window that a change under way opened lasts at most; null while it is not open.
ALTER TABLE changes ADD COLUMN maintained_until BIGINT;
UPDATE changes SET maintained_until = ends_at WHERE state = 'executing';
CREATE INDEX changes_maintained ON changes (maintained_until);
-- Monitors that such a window put under maintenance: until when, and until when they were without it; 0 for no maintenance.
CREATE TABLE monitor_windows (
    change_id TEXT NOT NULL,
    monitor_id TEXT NOT NULL,
    until BIGINT NOT NULL,
    prior BIGINT NOT NULL,
    PRIMARY KEY (change_id, monitor_id)
);
CREATE INDEX monitor_windows_monitor ON monitor_windows (monitor_id);
