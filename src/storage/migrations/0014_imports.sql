-- A catalogue that was sent in as a whole: each of its rows is a row here, so that a death in the middle forgets and doubles
-- none, and a person can see what became of every line. A row that is being indexed names the job that does it and ends in
-- the transaction that ends that job.
--
-- The counts say how many rows are in each state; they move in the transaction that moves the row. `upload` is what was
-- sent, in the image store, until the import has no more use for it. `wake_at`: the step that waits for indexing jobs wants
-- to run again when no more than so many rows are being indexed; -1: none waits.

CREATE TABLE imports (
    job_id    BIGINT  PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
    upload    TEXT,
    bytes     BIGINT  NOT NULL CHECK (bytes >= 0),
    format    TEXT    NOT NULL CHECK (format IN ('csv', 'archive')),
    all_read  INTEGER NOT NULL DEFAULT 0 CHECK (all_read IN (0, 1)), -- every line of the catalogue is a row
    waiting   BIGINT  NOT NULL DEFAULT 0 CHECK (waiting >= 0),
    indexing  BIGINT  NOT NULL DEFAULT 0 CHECK (indexing >= 0),
    indexed   BIGINT  NOT NULL DEFAULT 0 CHECK (indexed >= 0),
    unchanged BIGINT  NOT NULL DEFAULT 0 CHECK (unchanged >= 0),
    failed    BIGINT  NOT NULL DEFAULT 0 CHECK (failed >= 0),
    cancelled BIGINT  NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
    wake_at   BIGINT  NOT NULL DEFAULT -1
);
CREATE INDEX imports_by_upload ON imports (upload) WHERE upload IS NOT NULL;

CREATE TABLE import_rows (
    job_id       BIGINT NOT NULL REFERENCES imports (job_id) ON DELETE CASCADE,
    line         BIGINT NOT NULL CHECK (line >= 1),
    state        TEXT   NOT NULL
                 CHECK (state IN ('waiting', 'indexing', 'indexed', 'unchanged', 'failed', 'cancelled')),
    product_id   TEXT   NOT NULL DEFAULT '',
    image        TEXT   NOT NULL DEFAULT '', -- where its picture is, until the row is indexed: a URL may be a secret
    product      TEXT   NOT NULL DEFAULT '', -- its description as JSON, until the row is indexed; empty: a bad row
    index_job_id BIGINT,
    own_job      INTEGER NOT NULL DEFAULT 0 CHECK (own_job IN (0, 1)), -- the job was made for this row: it may be cancelled with it
    error        TEXT   NOT NULL DEFAULT '',
    PRIMARY KEY (job_id, line),
    CHECK ((state = 'failed') <= (error <> '')),
    CHECK ((state = 'indexing') <= (index_job_id IS NOT NULL))
);
CREATE INDEX import_rows_by_state ON import_rows (job_id, state, line);
CREATE INDEX import_rows_indexing ON import_rows (index_job_id) WHERE state = 'indexing';
