-- Lists as people want to see them again. team_id: empty where only the owner sees it. query: what the address of the list says.
CREATE TABLE saved_views (
    id TEXT NOT NULL PRIMARY KEY,
    place TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    owner_name TEXT NOT NULL,
    team_id TEXT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX saved_views_owner ON saved_views (owner_id, place);
CREATE INDEX saved_views_team ON saved_views (team_id, place);

-- The view of a list that a person sees where they open it without saying more.
CREATE TABLE preferred_views (
    user_id TEXT NOT NULL,
    place TEXT NOT NULL,
    view_id TEXT NOT NULL,
    PRIMARY KEY (user_id, place)
);
