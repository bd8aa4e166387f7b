-- The window of an objective may be the calendar month in a zone, by its IANA name; empty for so many days.
ALTER TABLE objectives ADD COLUMN month TEXT NOT NULL DEFAULT '';
