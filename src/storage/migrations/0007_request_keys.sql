-- A client that lost the answer to a request sends it again under the same Idempotency-Key and must get the same answer,
-- also from another process and after a restart. A row is claimed before the request is worked on and answered after it;
-- if the process dies between the two, the claim ends and the request runs again, which each of them survives by itself.
-- `request_hash` tells another request under the same key. Rows are removed after a day.

CREATE TABLE request_keys (
    caller       TEXT    NOT NULL,
    request_key  TEXT    NOT NULL,
    request_hash TEXT    NOT NULL,
    claimed_until BIGINT NOT NULL,
    status       INTEGER NOT NULL DEFAULT 0 CHECK (status = 0 OR status BETWEEN 200 AND 499), -- 0: not answered yet
    headers      TEXT    NOT NULL DEFAULT '[]',
    body         TEXT    NOT NULL DEFAULT '',
    created_at   BIGINT  NOT NULL,
    PRIMARY KEY (caller, request_key)
);
CREATE INDEX request_keys_by_age ON request_keys (created_at);
