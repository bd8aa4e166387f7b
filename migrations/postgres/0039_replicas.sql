-- Which replica does the work of an engine: until when, by the clock of the database. The token grows with every change of
-- hands: who held an older one writes nothing any more. On SQLite there is one process, and the table stays empty.
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    token BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
