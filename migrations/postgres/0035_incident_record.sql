-- The record of an incident: what was told later than it happened, what was written anew, and files.
-- added_at: when an entry was written that tells of an earlier moment; absent where it was written as it happened.
ALTER TABLE incident_entries ADD COLUMN added_at BIGINT;
-- author_id: the person who wrote a comment and may write it anew.
ALTER TABLE incident_entries ADD COLUMN author_id TEXT;
ALTER TABLE incident_entries ADD COLUMN edits BIGINT NOT NULL DEFAULT 0;
CREATE TABLE incident_entry_versions (
    entry_id TEXT NOT NULL REFERENCES incident_entries (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    text TEXT NOT NULL,
    replaced_at BIGINT NOT NULL,
    PRIMARY KEY (entry_id, version)
);
-- What a file holds is told by its content; its name is only a name. A removed file keeps its row, and why.
CREATE TABLE incident_files (
    id TEXT NOT NULL PRIMARY KEY,
    incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    added_by TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    removed_by TEXT NOT NULL DEFAULT '',
    removed_at BIGINT,
    removed_why TEXT NOT NULL DEFAULT ''
);
CREATE INDEX incident_files_incident ON incident_files (incident_id, id);
CREATE TABLE incident_file_bodies (
    file_id TEXT NOT NULL PRIMARY KEY REFERENCES incident_files (id) ON DELETE CASCADE,
    body BYTEA NOT NULL
);
