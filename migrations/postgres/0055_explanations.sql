-- What was found by itself to explain an alert or an incident: data, put into words when somebody reads it.
CREATE TABLE explanations (
    subject TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    body TEXT NOT NULL,
    named TEXT NOT NULL,
    tellings BIGINT NOT NULL,
    told_at BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    computed_at BIGINT NOT NULL,
    settled BIGINT NOT NULL,
    PRIMARY KEY (subject, subject_id)
);
CREATE INDEX explanations_settled ON explanations (settled, computed_at);
-- The values that were named, so that the history of a merchant is found.
CREATE TABLE explanation_values (
    subject TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    dimension TEXT NOT NULL,
    value TEXT NOT NULL,
    named_at BIGINT NOT NULL,
    PRIMARY KEY (subject, subject_id, dimension, value)
);
CREATE INDEX explanation_values_value ON explanation_values (dimension, value, named_at);
