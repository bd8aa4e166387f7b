-- Whether whoever posts an alert named the moment at which it ends by itself: then an earlier end does not count. Of what runs nobody knows:
-- what is said next counts, as before.
ALTER TABLE alerts ADD COLUMN end_named BIGINT NOT NULL DEFAULT 0;
-- What was posted and refused, by kind of source: whoever posts has only its log that tells so.
CREATE TABLE alert_refusals (
    kind TEXT NOT NULL PRIMARY KEY,
    refused BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    last_by TEXT NOT NULL,
    last_error TEXT NOT NULL
);
