-- The spans in which an incident was open: a relapse begins another one, and the time between counts for nothing.
CREATE TABLE incident_outages (
    incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    began_at BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (incident_id, seq)
);
-- What was written so far is read from the timelines: an outage begins where the incident is opened or reopened, by a
-- relapse or by hand, and ends where it is next moved to resolved.
INSERT INTO incident_outages (incident_id, seq, began_at, ended_at)
SELECT e.incident_id, e.seq, e.at, (
    SELECT MIN(r.at) FROM incident_entries r
    WHERE r.incident_id = e.incident_id AND r.seq > e.seq AND r.kind = 'moved' AND r.text = 'resolved'
)
FROM incident_entries e
WHERE e.kind IN ('opened', 'reopened') OR (e.kind = 'moved' AND e.text = 'investigating' AND (
    SELECT CASE WHEN p.kind = 'moved' THEN p.text ELSE '' END FROM incident_entries p
    WHERE p.incident_id = e.incident_id AND p.seq < e.seq AND p.kind IN ('opened', 'reopened', 'moved') ORDER BY p.seq DESC LIMIT 1
) = 'resolved');
