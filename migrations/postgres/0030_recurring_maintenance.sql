-- Maintenance of a monitor that comes again: its rule, and when it begins next (nothing where it is over for good).
CREATE TABLE monitor_recurring (
    monitor_id TEXT NOT NULL PRIMARY KEY REFERENCES monitors (id) ON DELETE CASCADE,
    rule TEXT NOT NULL,
    next_at BIGINT
);
CREATE INDEX monitor_recurring_next ON monitor_recurring (next_at);
