-- Whoever may read a status page of the house subscribes to it. reader_id: the person on whose right to read it a subscription hangs;
-- '' where it hangs on nobody's. The same address may hang on several.
ALTER TABLE channels ADD COLUMN reader_id TEXT NOT NULL DEFAULT '';
DROP INDEX channels_subscriber;
CREATE UNIQUE INDEX channels_subscriber ON channels (page_id, address, reader_id) WHERE page_id <> '' AND removed_at IS NULL;
-- What a person reads behind a secret address is a status page, too. page_id: which; '' for the calendar of their own shifts.
ALTER TABLE person_feeds ADD COLUMN page_id TEXT NOT NULL DEFAULT '';
ALTER TABLE person_feeds DROP CONSTRAINT person_feeds_pkey;
ALTER TABLE person_feeds ADD PRIMARY KEY (user_id, page_id);
CREATE INDEX person_feeds_page ON person_feeds (page_id) WHERE page_id <> '';
