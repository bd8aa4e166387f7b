-- Stands in every address of a calendar that a person has of teams and schedules; empty until they want others. With another one all of
-- them have ended.
ALTER TABLE users ADD COLUMN feeds_mark TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN feeds_marked_at BIGINT NOT NULL DEFAULT 0;
