-- What each attempt of a delivery came to, counted on when it is sent again.
CREATE TABLE delivery_attempts (
    delivery_id TEXT NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    ms BIGINT NOT NULL,
    status BIGINT,
    error TEXT NOT NULL,
    PRIMARY KEY (delivery_id, number)
);
