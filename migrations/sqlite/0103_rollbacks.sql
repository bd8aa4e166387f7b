-- Rolling a change back: who began it and why, and how each step is undone, the last one first.
CREATE TABLE change_rollbacks (
    change_id TEXT PRIMARY KEY,
    since BIGINT NOT NULL,
    by_id TEXT NOT NULL,
    by_name TEXT NOT NULL,
    reason TEXT NOT NULL,
    ended_at BIGINT
);
CREATE TABLE change_undos (
    change_id TEXT NOT NULL,
    place BIGINT NOT NULL,
    state TEXT NOT NULL,
    run_id TEXT,
    trouble TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    by_name TEXT NOT NULL DEFAULT '',
    at BIGINT,
    PRIMARY KEY (change_id, place)
);
CREATE INDEX change_undos_running ON change_undos (state);
