-- What the alert that opened an incident said in each language at that moment, as JSON; empty where it was one alone. The title was made of it.
ALTER TABLE incidents ADD COLUMN told TEXT NOT NULL DEFAULT '';
