-- What readers of a status page were told of planned work: announced, begun, over; each once.
CREATE TABLE status_work (
    page_id TEXT NOT NULL REFERENCES status_pages (id) ON DELETE CASCADE,
    change_id TEXT NOT NULL,
    id TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    components TEXT NOT NULL,
    told_at BIGINT NOT NULL,
    began_at BIGINT,
    over_at BIGINT,
    called_off BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (page_id, change_id)
);
CREATE INDEX status_work_open ON status_work (page_id, over_at);
