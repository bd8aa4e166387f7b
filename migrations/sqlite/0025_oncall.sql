-- Who is on call: schedules of teams, people in place of whoever the layers say, shifts that are swapped, feeds.
CREATE TABLE schedules (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    team_id TEXT NOT NULL REFERENCES teams (id),
    zone TEXT NOT NULL,
    layers TEXT NOT NULL,
    holidays TEXT NOT NULL,
    feed_secret TEXT NOT NULL UNIQUE,
    feed_sealed TEXT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (team_id, name)
);
-- The last made one counts: place counts them within a schedule.
CREATE TABLE schedule_covers (
    id TEXT NOT NULL PRIMARY KEY,
    schedule_id TEXT NOT NULL REFERENCES schedules (id) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    start_wall TEXT NOT NULL,
    end_wall TEXT NOT NULL,
    zone TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    author_id TEXT,
    author_name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX schedule_covers_span ON schedule_covers (schedule_id, ends_at);
CREATE INDEX schedule_covers_user ON schedule_covers (user_id);
CREATE TABLE schedule_swaps (
    id TEXT NOT NULL PRIMARY KEY,
    schedule_id TEXT NOT NULL REFERENCES schedules (id) ON DELETE CASCADE,
    from_id TEXT NOT NULL REFERENCES users (id),
    to_id TEXT NOT NULL REFERENCES users (id),
    gives_from BIGINT NOT NULL,
    gives_to BIGINT NOT NULL,
    takes_from BIGINT NOT NULL,
    takes_to BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('offered', 'accepted', 'declined', 'withdrawn')),
    created_at BIGINT NOT NULL,
    answered_at BIGINT
);
CREATE INDEX schedule_swaps_schedule ON schedule_swaps (schedule_id, state);
CREATE INDEX schedule_swaps_from ON schedule_swaps (from_id);
CREATE INDEX schedule_swaps_to ON schedule_swaps (to_id);
-- The calendar of one's own shifts: found by the hash of its secret, shown again from a sealed copy.
CREATE TABLE person_feeds (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    secret TEXT NOT NULL UNIQUE,
    sealed TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
-- Roles of houses that have been furnished before: those that every portal begins with keep schedules, too.
UPDATE roles SET permissions = permissions || ' oncall.manage' WHERE key IN ('administrator', 'engineer') AND permissions NOT LIKE '%oncall.manage%';
