-- The IANA zone in which a status page shows its times and cuts its days.
ALTER TABLE status_pages ADD COLUMN zone TEXT NOT NULL DEFAULT 'UTC';
