-- What was expected of each hour of a system, as it was forecast before that hour; and what the last forecast is worth.
-- models, changes: JSON.
CREATE TABLE bands (
    system_id TEXT NOT NULL REFERENCES systems (id) ON DELETE CASCADE,
    measure TEXT NOT NULL,
    start BIGINT NOT NULL,
    low DOUBLE PRECISION NOT NULL,
    expected DOUBLE PRECISION NOT NULL,
    high DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (system_id, measure, start)
);
CREATE INDEX bands_start ON bands (start);
CREATE TABLE band_fits (
    system_id TEXT NOT NULL REFERENCES systems (id) ON DELETE CASCADE,
    measure TEXT NOT NULL,
    fitted_at BIGINT NOT NULL,
    error DOUBLE PRECISION,
    held DOUBLE PRECISION,
    models TEXT NOT NULL,
    changes TEXT NOT NULL,
    PRIMARY KEY (system_id, measure)
);
