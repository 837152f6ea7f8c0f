-- Limits on model calls that all workers of one database keep together: a token bucket per limit, and who may have how
-- many calls under way. A permit is leased, so that a worker that dies with it does not keep it for ever.
CREATE TABLE limits (
    name      TEXT   PRIMARY KEY,
    tokens    {real} NOT NULL CHECK (tokens >= 0),
    filled_at BIGINT NOT NULL
);

CREATE TABLE permits (
    name        TEXT    NOT NULL REFERENCES limits (name),
    holder      TEXT    NOT NULL,
    permits     INTEGER NOT NULL CHECK (permits > 0),
    lease_until BIGINT  NOT NULL,
    PRIMARY KEY (name, holder)
);
