-- Rows of the trail are chained with a key from now on (scheme 1), and so is the head; those before (scheme 0) carry plain hashes.
ALTER TABLE audit ADD COLUMN scheme BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit_head ADD COLUMN mac TEXT NOT NULL DEFAULT '';
-- Wrong passwords by login and address: whoever keeps guessing locks out themselves, not the owner of the account.
CREATE TABLE login_tries (
    login TEXT NOT NULL,
    peer TEXT NOT NULL,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (login, peer)
);
CREATE INDEX login_tries_age ON login_tries (last_at);
DROP TABLE login_failures;
