-- What a team knows of a merchant, by the value that senders give.
CREATE TABLE merchant_records (
    team_id TEXT NOT NULL,
    merchant TEXT NOT NULL,
    name TEXT NOT NULL,
    contact TEXT NOT NULL,
    phone TEXT NOT NULL,
    email TEXT NOT NULL,
    notes TEXT NOT NULL,
    version BIGINT NOT NULL,
    updated_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (team_id, merchant)
);
CREATE INDEX merchant_records_merchant ON merchant_records (merchant);
-- What merchants were told.
CREATE TABLE merchant_messages (
    id TEXT NOT NULL PRIMARY KEY,
    team_id TEXT NOT NULL,
    merchant TEXT NOT NULL,
    told_at BIGINT NOT NULL,
    told_by TEXT NOT NULL,
    address TEXT NOT NULL,
    subject TEXT NOT NULL,
    message TEXT NOT NULL
);
CREATE INDEX merchant_messages_merchant ON merchant_messages (merchant, told_at);
