-- Who had a hand in carrying a change out: began it, ran a tool of its plan, ticked a step off, ended it.
CREATE TABLE change_hands (
    change_id TEXT NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL,
    PRIMARY KEY (change_id, user_id)
);
