-- The model that each model server answered with last. Only answers tell it, and what is stored bears its name: without
-- this table nothing could be known to be up to date after a restart until the server was asked again.
CREATE TABLE known_models (
    name       TEXT    PRIMARY KEY,
    version    TEXT    NOT NULL CHECK (version <> ''),
    dimensions INTEGER NOT NULL CHECK (dimensions >= 0),
    seen_at    BIGINT  NOT NULL
);
