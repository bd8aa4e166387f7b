-- Subscribers of status pages lie among the channels. page_id: whose notices one hears; '' for channels of teams and of persons.
-- address: keyed hash of where messages go, which itself is sealed. One is told of notices once verified_at is set.
ALTER TABLE channels ADD COLUMN page_id TEXT NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN address TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX channels_subscriber ON channels (page_id, address) WHERE page_id <> '' AND removed_at IS NULL;
CREATE INDEX channels_address ON channels (address) WHERE page_id <> '';
CREATE INDEX deliveries_confirm ON deliveries (created_at) WHERE event = 'status.confirm';
-- There may be many subscribers: whoever asks which channels hear a team does not look at them.
CREATE INDEX channels_team ON channels (team_id) WHERE removed_at IS NULL;
CREATE INDEX deliveries_outside ON deliveries (next_at, id) WHERE event IN ('status.confirm', 'status.notice') AND state IN ('waiting', 'sending');
