-- author: in whose name a program made it, as it said; empty where it said nothing.
ALTER TABLE silences ADD COLUMN author TEXT NOT NULL DEFAULT '';
