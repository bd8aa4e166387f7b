-- More kinds of monitors; and the secret that goes with a target, sealed, empty for none.
ALTER TABLE monitors DROP CONSTRAINT monitors_kind_check;
ALTER TABLE monitors ADD CONSTRAINT monitors_kind_check
    CHECK (kind IN ('http', 'tcp', 'tls', 'dns', 'icmp', 'grpc', 'postgres', 'mysql', 'redis', 'heartbeat'));
ALTER TABLE monitors ADD COLUMN credential TEXT NOT NULL DEFAULT '';
