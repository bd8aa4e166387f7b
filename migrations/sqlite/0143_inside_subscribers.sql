-- Whoever may read a status page of the house subscribes to it. reader_id: the person on whose right to read it a subscription hangs;
-- '' where it hangs on nobody's. The same address may hang on several.
ALTER TABLE channels ADD COLUMN reader_id TEXT NOT NULL DEFAULT '';
DROP INDEX channels_subscriber;
CREATE UNIQUE INDEX channels_subscriber ON channels (page_id, address, reader_id) WHERE page_id <> '' AND removed_at IS NULL;
-- What a person reads behind a secret address is a status page, too. page_id: which; '' for the calendar of their own shifts.
CREATE TABLE feeds_of_persons (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    secret TEXT NOT NULL UNIQUE,
    sealed TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    page_id TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (user_id, page_id)
);
INSERT INTO feeds_of_persons (user_id, secret, sealed, updated_at) SELECT user_id, secret, sealed, updated_at FROM person_feeds;
DROP TABLE person_feeds;
ALTER TABLE feeds_of_persons RENAME TO person_feeds;
CREATE INDEX person_feeds_page ON person_feeds (page_id) WHERE page_id <> '';
