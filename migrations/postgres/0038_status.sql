-- Status pages: what customers are told, apart from what is known inside.
CREATE TABLE status_pages (
    id TEXT NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    about TEXT NOT NULL,
    team_id TEXT NOT NULL REFERENCES teams (id),
    public BIGINT NOT NULL,
    host TEXT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX status_pages_host ON status_pages (host) WHERE host <> '';
CREATE TABLE status_components (
    page_id TEXT NOT NULL REFERENCES status_pages (id) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    group_name TEXT NOT NULL,
    name TEXT NOT NULL,
    system_id TEXT NOT NULL REFERENCES systems (id),
    PRIMARY KEY (page_id, place)
);
CREATE INDEX status_components_system ON status_components (system_id);
CREATE TABLE status_notices (
    id TEXT NOT NULL PRIMARY KEY,
    page_id TEXT NOT NULL REFERENCES status_pages (id) ON DELETE CASCADE,
    incident_id TEXT,
    title TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('investigating', 'identified', 'monitoring', 'resolved')),
    impact TEXT NOT NULL CHECK (impact IN ('degraded', 'outage')),
    components TEXT NOT NULL,
    began_at BIGINT NOT NULL,
    resolved_at BIGINT,
    updated_at BIGINT NOT NULL
);
CREATE INDEX status_notices_page ON status_notices (page_id, began_at);
CREATE INDEX status_notices_incident ON status_notices (incident_id);
CREATE TABLE status_updates (
    id TEXT NOT NULL PRIMARY KEY,
    notice_id TEXT NOT NULL REFERENCES status_notices (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    state TEXT NOT NULL,
    text TEXT NOT NULL,
    said_by TEXT NOT NULL
);
CREATE INDEX status_updates_notice ON status_updates (notice_id, at);
