-- owed: channels that were told that an alert fires before it was led elsewhere, as a list of ids in JSON; anew: those whom its group
-- tells now were not.
ALTER TABLE alert_members ADD COLUMN owed TEXT NOT NULL DEFAULT '[]';
ALTER TABLE alert_members ADD COLUMN anew BIGINT NOT NULL DEFAULT 0;
