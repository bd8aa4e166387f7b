-- Four eyes on templates and on evidence. Whoever made a template does not agree to it, says the database, too.
ALTER TABLE change_templates ADD CONSTRAINT change_templates_two CHECK (approved_id <> author_id);
-- Who made a template or wrote the change that it was made of: they do not agree to it.
CREATE TABLE change_template_writers (
    template_id TEXT NOT NULL REFERENCES change_templates (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL,
    PRIMARY KEY (template_id, user_id)
);
INSERT INTO change_template_writers (template_id, user_id) SELECT id, author_id FROM change_templates;
-- Of those that wait for agreement nobody knows who wrote the change: they are made anew.
UPDATE change_templates SET retired_at = created_at WHERE approved_at IS NULL AND retired_at IS NULL;
-- by_id: who brought it, by their account; empty for a part of the portal, or where nobody knows any more. computed: 1 where the file
-- says what came of it, and not whoever brought it.
ALTER TABLE evidence ADD COLUMN by_id TEXT NOT NULL DEFAULT '';
ALTER TABLE evidence ADD COLUMN computed BIGINT NOT NULL DEFAULT 0;
UPDATE evidence SET by_id = COALESCE((SELECT MAX(COALESCE(t.user_id, CASE WHEN a.actor_kind = 'user' THEN a.actor_id ELSE '' END))
    FROM audit a LEFT JOIN tokens t ON a.actor_kind = 'token' AND t.id = a.actor_id
    WHERE a.object_kind = 'evidence' AND a.object_id = evidence.id AND a.act = 'evidence.submit'), '');
UPDATE evidence SET computed = 1 WHERE kind = 'performance' AND (measured = '' OR note LIKE '%≤%');
