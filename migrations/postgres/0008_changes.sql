-- Changes, what was approved of them, and freezes.
CREATE TABLE change_counter (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    number BIGINT NOT NULL
);
INSERT INTO change_counter (id, number) VALUES (1, 0);
CREATE TABLE changes (
    id TEXT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    team_id TEXT NOT NULL REFERENCES teams (id),
    requester_id TEXT NOT NULL,
    requester_name TEXT NOT NULL,
    state TEXT NOT NULL,
    risk TEXT NOT NULL,
    -- Local wall time and zone as they were given, and the UTC milliseconds they mean.
    start_wall TEXT NOT NULL,
    end_wall TEXT NOT NULL,
    zone TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    -- The present content: its revision, hash, and the approvals given to it and needed.
    version BIGINT NOT NULL,
    hash TEXT NOT NULL,
    approvals BIGINT NOT NULL DEFAULT 0,
    needed BIGINT NOT NULL CHECK (needed >= 1),
    sequence BIGINT NOT NULL DEFAULT 0,
    outcome TEXT,
    started_at BIGINT,
    finished_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK (ends_at > starts_at),
    UNIQUE (id, requester_id)
);
CREATE INDEX changes_window ON changes (starts_at, id);
CREATE INDEX changes_team ON changes (team_id, starts_at);
CREATE INDEX changes_state ON changes (state, starts_at);
CREATE INDEX changes_started ON changes (started_at);
-- team_id is the owner of the system when the change was written: its people read the change too.
CREATE TABLE change_systems (
    change_id TEXT NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
    system_id TEXT NOT NULL REFERENCES systems (id),
    team_id TEXT NOT NULL,
    PRIMARY KEY (change_id, system_id)
);
CREATE INDEX change_systems_system ON change_systems (system_id);
CREATE INDEX change_systems_team ON change_systems (team_id);
-- Every content there was, never altered.
CREATE TABLE change_revisions (
    change_id TEXT NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    hash TEXT NOT NULL,
    author_id TEXT NOT NULL,
    author_name TEXT NOT NULL,
    content TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (change_id, version),
    UNIQUE (change_id, version, hash, author_id)
);
-- Four eyes: the foreign keys hold requester, author and hash to the truth, the checks hold the approver apart from both.
CREATE TABLE change_approvals (
    change_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    hash TEXT NOT NULL,
    requester_id TEXT NOT NULL,
    author_id TEXT NOT NULL,
    approver_id TEXT NOT NULL,
    approver_name TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('approve', 'reject')),
    remark TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (change_id, version, approver_id),
    FOREIGN KEY (change_id, requester_id) REFERENCES changes (id, requester_id) ON DELETE CASCADE,
    FOREIGN KEY (change_id, version, hash, author_id) REFERENCES change_revisions (change_id, version, hash, author_id) ON DELETE CASCADE,
    CHECK (approver_id <> requester_id),
    CHECK (approver_id <> author_id)
);
CREATE TABLE change_entries (
    id TEXT NOT NULL PRIMARY KEY,
    change_id TEXT NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
    -- 1, 2, 3 …: the order in which they were told.
    place BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    link TEXT NOT NULL DEFAULT ''
);
CREATE INDEX change_entries_change ON change_entries (change_id, place);
CREATE TABLE freezes (
    id TEXT NOT NULL PRIMARY KEY,
    scope TEXT NOT NULL CHECK (scope IN ('all', 'team', 'systems')),
    -- The team of scope 'team', otherwise ''.
    team_id TEXT NOT NULL DEFAULT '',
    start_wall TEXT NOT NULL,
    end_wall TEXT NOT NULL,
    zone TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    author_name TEXT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK (ends_at > starts_at)
);
CREATE INDEX freezes_span ON freezes (ends_at, starts_at);
CREATE TABLE freeze_systems (
    freeze_id TEXT NOT NULL REFERENCES freezes (id) ON DELETE CASCADE,
    system_id TEXT NOT NULL REFERENCES systems (id) ON DELETE CASCADE,
    team_id TEXT NOT NULL,
    PRIMARY KEY (freeze_id, system_id)
);
CREATE INDEX freeze_systems_system ON freeze_systems (system_id);
