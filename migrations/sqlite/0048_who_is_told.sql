-- The mail address of an account is a contact method by itself: 1 says that this is it.
ALTER TABLE channels ADD COLUMN account BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX channels_account ON channels (user_id) WHERE account = 1;
