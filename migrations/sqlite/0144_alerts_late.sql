-- What annotations of an alert tell of what was found: their templates, what is put into them, and the finding, as JSON, so that each
-- reader is told in their language and zone. Empty where no annotation does.
ALTER TABLE alerts ADD COLUMN late TEXT NOT NULL DEFAULT '';
