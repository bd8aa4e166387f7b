-- Alerts carry labels and annotations, and may concern no system of the catalogue.
ALTER TABLE alerts ALTER COLUMN system_id DROP NOT NULL;
ALTER TABLE alerts ADD COLUMN labels TEXT NOT NULL DEFAULT '{}';
ALTER TABLE alerts ADD COLUMN annotations TEXT NOT NULL DEFAULT '{}';
-- The labels once more, to find alerts by them.
CREATE TABLE alert_labels (
    alert_id TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (alert_id, name)
);
CREATE INDEX alert_labels_value ON alert_labels (name, value, alert_id);
