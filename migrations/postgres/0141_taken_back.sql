-- What production is made of leaves out what was taken back.
CREATE INDEX deployments_taken_back ON deployments (system_id, version, sha) WHERE state = 'rolled-back';
