-- Whether the password was chosen by somebody else: whoever enters with it has to choose their own first.
ALTER TABLE users ADD COLUMN password_due BIGINT NOT NULL DEFAULT 0;
