-- What was over of a condition lately: asked for whenever its end is said once more, of conditions that came and went thousands of times.
CREATE INDEX alerts_ended ON alerts (fingerprint, resolved_at) WHERE resolved_at IS NOT NULL;
