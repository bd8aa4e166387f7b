-- Channels of several kinds, and of persons.
-- target: where messages go, as far as it may be shown. secret: sealed, all that may not be shown. config: the rest, as JSON.
ALTER TABLE channels RENAME COLUMN url TO target;
ALTER TABLE channels ADD COLUMN kind TEXT NOT NULL DEFAULT 'webhook';
ALTER TABLE channels ADD COLUMN config TEXT NOT NULL DEFAULT '{}';
-- user_id: whose contact method it is; '' for a channel of teams. A contact method hears no team (team_id '-') and is used once
-- it is verified; place: the order among those of one person.
ALTER TABLE channels ADD COLUMN user_id TEXT NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN place BIGINT NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN verified_at BIGINT;
-- label: the name that is shown where name, which is unique, only holds a place: of removed channels and contact methods.
ALTER TABLE channels RENAME COLUMN former_name TO label;
CREATE INDEX channels_user ON channels (user_id, place) WHERE user_id <> '';
