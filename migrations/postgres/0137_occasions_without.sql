-- First days of the times that are left out of an occasion that comes again, with blanks between them.
ALTER TABLE occasions ADD COLUMN without TEXT NOT NULL DEFAULT '';
