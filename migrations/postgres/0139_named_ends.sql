-- Whether whoever posts an alert named the moment at which it ends by itself: then an earlier end does not count. Of what runs nobody knows:
-- what is said next counts, as before.
ALTER TABLE alerts ADD COLUMN end_named BIGINT NOT NULL DEFAULT 0;
