-- Deployments as CI posts them, and what people said of suspects of every kind.
CREATE TABLE deployments (
    id TEXT NOT NULL PRIMARY KEY,
    system_id TEXT NOT NULL REFERENCES systems (id),
    environment TEXT NOT NULL,
    version TEXT NOT NULL,
    sha TEXT NOT NULL,
    url TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('started', 'succeeded', 'failed', 'rolled-back')),
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    posted_by TEXT NOT NULL,
    posted_at BIGINT NOT NULL
);
CREATE INDEX deployments_system ON deployments (system_id, started_at);
CREATE INDEX deployments_at ON deployments (started_at, id);
CREATE INDEX deployments_same ON deployments (system_id, environment, version, sha, started_at);
-- What was said of a suspect, with what it was at that moment: it may be forgotten before the incident is. pattern: what later
-- suspects of the same system are learned from, e.g. `change` or `run:<tool>`.
CREATE TABLE incident_verdicts (
    incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('change', 'deployment', 'run', 'alert')),
    what_id TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('confirmed', 'rejected')),
    judged_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    system_id TEXT NOT NULL,
    team_id TEXT NOT NULL,
    pattern TEXT NOT NULL,
    title TEXT NOT NULL,
    began_at BIGINT NOT NULL,
    PRIMARY KEY (incident_id, kind, what_id)
);
CREATE INDEX incident_verdicts_what ON incident_verdicts (kind, what_id);
CREATE INDEX incident_verdicts_system ON incident_verdicts (system_id, pattern);
INSERT INTO incident_verdicts (incident_id, kind, what_id, verdict, judged_by, at, system_id, team_id, pattern, title, began_at)
    SELECT j.incident_id, 'change', j.change_id, j.verdict, j.judged_by, j.at, i.system_id, c.team_id, 'change', 'CHG-' || c.number || ' ' || c.title,
        COALESCE(c.started_at, c.starts_at)
    FROM incident_judgements j JOIN incidents i ON i.id = j.incident_id JOIN changes c ON c.id = j.change_id;
DROP TABLE incident_judgements;
-- Whoever may execute changes or do everything may post deployments.
UPDATE roles SET permissions = permissions || ' deployments.post'
    WHERE (permissions LIKE '%changes.execute%' OR permissions LIKE '%settings.manage%') AND permissions NOT LIKE '%deployments.post%';
