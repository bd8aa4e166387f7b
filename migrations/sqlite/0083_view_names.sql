-- Of a person, no two views of a list have the same name. Where two were kept at once, the later one gets another name.
UPDATE saved_views SET name = substr(name, 1, 60) || ' (' || substr(id, 25) || ')' WHERE EXISTS (SELECT 1 FROM saved_views other
    WHERE other.owner_id = saved_views.owner_id AND other.place = saved_views.place AND other.name = saved_views.name AND other.id < saved_views.id);
DROP INDEX saved_views_owner;
CREATE UNIQUE INDEX saved_views_name ON saved_views (owner_id, place, name);
