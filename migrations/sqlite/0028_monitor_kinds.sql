-- More kinds of monitors; and the secret that goes with a target, sealed, empty for none.
-- SQLite cannot alter a CHECK. To build the table anew would be to copy every roll-up with it, or to lose them: dropping
-- `monitors` deletes what refers to it. So the text of the definition is replaced, as SQLite itself describes for changes
-- that touch no stored row (https://www.sqlite.org/lang_altertable.html#otheralter); the ALTER after it moves the schema
-- version, so that every connection reads the definition anew.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'kind IN (''http'', ''heartbeat'')',
    'kind IN (''http'', ''tcp'', ''tls'', ''dns'', ''icmp'', ''grpc'', ''postgres'', ''mysql'', ''redis'', ''heartbeat'')')
    WHERE type = 'table' AND name = 'monitors';
PRAGMA writable_schema = RESET;
ALTER TABLE monitors ADD COLUMN credential TEXT NOT NULL DEFAULT '';
