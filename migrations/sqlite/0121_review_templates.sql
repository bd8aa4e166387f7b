-- What reviews are begun from; a review keeps a copy of the sections it was begun with.
CREATE TABLE review_templates (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    -- The team whose incidents it is for; none: everybody's.
    team_id TEXT REFERENCES teams (id),
    -- JSON: names of the severities for which it is proposed.
    severities TEXT NOT NULL,
    -- JSON: heading, guide, fill and required of each section, in order.
    sections TEXT NOT NULL,
    version BIGINT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
-- Name of the template; empty: the usual sections.
ALTER TABLE incident_reviews ADD COLUMN template TEXT NOT NULL DEFAULT '';
-- JSON: its sections with what was written; empty: the usual ones, which have columns of their own.
ALTER TABLE incident_reviews ADD COLUMN sections TEXT NOT NULL DEFAULT '';
