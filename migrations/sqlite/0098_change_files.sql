-- Files attached to a change, as those of an incident: a removed file keeps its row, and why.
CREATE TABLE change_files (
    id TEXT NOT NULL PRIMARY KEY,
    change_id TEXT NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
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
CREATE INDEX change_files_change ON change_files (change_id, id);
CREATE TABLE change_file_bodies (
    file_id TEXT NOT NULL PRIMARY KEY REFERENCES change_files (id) ON DELETE CASCADE,
    body BLOB NOT NULL
);
