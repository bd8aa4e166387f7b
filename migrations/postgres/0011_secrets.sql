-- Addresses that are secrets are found by their hash, which `monitors.secret` and `teams.calendar_secret` hold from now on,
-- and shown again from a sealed copy. Where that is '' the secret still stands in clear text: the next start of the program,
-- which has the key, seals it.
ALTER TABLE monitors ADD COLUMN secret_sealed TEXT NOT NULL DEFAULT '';
ALTER TABLE teams ADD COLUMN calendar_sealed TEXT NOT NULL DEFAULT '';
-- Sessions that are long over are forgotten at every log-in.
CREATE INDEX sessions_expiry ON sessions (expires_at);
