-- What standard changes are made from. content: JSON, and never changed. approved_*: empty or NULL where nobody has agreed to it.
CREATE TABLE change_templates (
    id TEXT NOT NULL PRIMARY KEY,
    team_id TEXT NOT NULL,
    name TEXT NOT NULL,
    content TEXT NOT NULL,
    author_id TEXT NOT NULL,
    author_name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    approved_id TEXT NOT NULL DEFAULT '',
    approved_name TEXT NOT NULL DEFAULT '',
    approved_at BIGINT,
    retired_at BIGINT
);
