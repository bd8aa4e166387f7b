-- What the environment is made of in which evidence was shown: `name=value`, one a line.
ALTER TABLE evidence ADD COLUMN facts TEXT NOT NULL DEFAULT '';
-- A hash of that; empty where nobody says.
ALTER TABLE evidence ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';
