-- A vector store on another server cannot join a transaction here. So the transaction that makes or removes a link
-- records here what that server must be told, and a deliverer tells it later, as often as it takes.
--
-- One row per link, holding the last word: a later intent replaces an earlier one and raises `sequence`. What is being
-- delivered is leased; a row that is replaced meanwhile keeps its lease, so that two deliveries of one link never
-- overtake each other. A delivered row is deleted, by sequence and lease: a newer intent stays. If a deliverer dies,
-- its rows are due again when the lease ends.
--
-- No reference to product_images: a removal must outlive its link. The vector is not copied: it is on the image's row.

CREATE TABLE vector_outbox (
    product_image_id BIGINT  PRIMARY KEY,
    operation        TEXT    NOT NULL CHECK (operation IN ('put', 'remove')),
    sequence         INTEGER NOT NULL DEFAULT 1 CHECK (sequence >= 1),
    state            TEXT    NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'refused')),
    attempts         INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    lease_owner      TEXT    NOT NULL DEFAULT '',
    lease_until      BIGINT  NOT NULL DEFAULT 0,
    error            TEXT    NOT NULL DEFAULT '',
    queued_at        BIGINT  NOT NULL, -- its place in the line: a failed attempt goes to the end
    CHECK ((lease_owner = '') = (lease_until = 0))
);
CREATE INDEX vector_outbox_waiting ON vector_outbox (queued_at, product_image_id) WHERE state = 'waiting';
