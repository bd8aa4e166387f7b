-- The calendars of teams and schedules have an address for each person, which is made with the key of the house. The one that was
-- sealed here was everybody's.
ALTER TABLE teams DROP COLUMN calendar_sealed;

ALTER TABLE schedules DROP COLUMN feed_sealed;
