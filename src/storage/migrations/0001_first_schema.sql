-- The words of the design as tables. A process can die between any two statements of C++, so whatever must always be
-- true is held here: states by CHECKs, links by foreign keys, "at most one" by unique indexes.
--
-- Written in the SQL that SQLite and PostgreSQL both read, but for three words that the migration runner replaces:
-- {id} (a generated 64-bit primary key), {bytes} (a byte string), {real} (a 64-bit float).
-- Moments are whole milliseconds since the Unix epoch; lists and objects are JSON text.

CREATE TABLE jobs (
    id              {id},
    kind            TEXT    NOT NULL,
    subject         TEXT    NOT NULL,
    state           TEXT    NOT NULL DEFAULT 'queued'
                    CHECK (state IN ('queued', 'running', 'succeeded', 'partially_succeeded', 'failed', 'cancelled')),
    stage           TEXT    NOT NULL DEFAULT '' CHECK (stage IN ('', 'cropping', 'labelling', 'finishing')),
    priority        INTEGER NOT NULL DEFAULT 0,
    attempts        INTEGER NOT NULL DEFAULT 1 CHECK (attempts >= 1),
    crops_total     INTEGER NOT NULL DEFAULT 0,
    crops_done      INTEGER NOT NULL DEFAULT 0,
    crops_failed    INTEGER NOT NULL DEFAULT 0,
    errors          TEXT    NOT NULL DEFAULT '[]',
    first_kind      TEXT    NOT NULL,
    first_subject   TEXT    NOT NULL,
    idempotency_key TEXT,
    created_at      BIGINT  NOT NULL,
    started_at      BIGINT,
    labelling_at    BIGINT,
    finishing_at    BIGINT,
    finished_at     BIGINT,
    CHECK (crops_total >= 0 AND crops_done >= 0 AND crops_failed >= 0),
    CHECK (crops_done + crops_failed <= crops_total),
    CHECK ((finished_at IS NOT NULL) = (state IN ('succeeded', 'partially_succeeded', 'failed', 'cancelled'))),
    CHECK (stage = '' OR state = 'running')
);
CREATE UNIQUE INDEX jobs_by_idempotency_key ON jobs (kind, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX jobs_by_state ON jobs (state, id);

-- Children that run in any order. `pending` falls when a child's row leaves its unfinished states, in that same
-- transaction, so it reaches 0 once; whoever brings it there enqueues `then_kind`.
CREATE TABLE fan_outs (
    id           {id},
    job_id       BIGINT  NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    pending      INTEGER NOT NULL CHECK (pending >= 0),
    then_kind    TEXT    NOT NULL,
    then_subject TEXT    NOT NULL,
    joined_at    BIGINT,
    CHECK ((joined_at IS NOT NULL) = (pending = 0))
);
CREATE INDEX fan_outs_by_job ON fan_outs (job_id);

CREATE TABLE tasks (
    id           {id},
    job_id       BIGINT  NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    job_attempt  INTEGER NOT NULL,
    fan_out_id   BIGINT  REFERENCES fan_outs (id) ON DELETE CASCADE,
    kind         TEXT    NOT NULL,
    subject      TEXT    NOT NULL,
    state        TEXT    NOT NULL DEFAULT 'ready'
                 CHECK (state IN ('ready', 'running', 'succeeded', 'failed', 'cancelled')),
    priority     INTEGER NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    max_attempts INTEGER NOT NULL CHECK (max_attempts >= 1),
    run_after    BIGINT  NOT NULL,
    lease_owner  TEXT    NOT NULL DEFAULT '',
    lease_until  BIGINT,
    error        TEXT    NOT NULL DEFAULT '',
    created_at   BIGINT  NOT NULL,
    started_at   BIGINT,
    finished_at  BIGINT,
    waited_ms    BIGINT  NOT NULL DEFAULT 0 CHECK (waited_ms >= 0),
    worked_ms    BIGINT  NOT NULL DEFAULT 0 CHECK (worked_ms >= 0),
    -- the same step of the same run is made once, whoever tries: this is what keys label tasks by (job, crop)
    UNIQUE (job_id, job_attempt, kind, subject),
    CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    CHECK ((finished_at IS NOT NULL) = (state IN ('succeeded', 'failed', 'cancelled')))
);
CREATE INDEX tasks_due ON tasks (priority DESC, run_after, id) WHERE state = 'ready';
CREATE INDEX tasks_leased ON tasks (lease_until) WHERE state = 'running';

CREATE TABLE images (
    id           {id},
    original_id  BIGINT  REFERENCES images (id) ON DELETE CASCADE,
    box_x        INTEGER,
    box_y        INTEGER,
    box_w        INTEGER,
    box_h        INTEGER,
    sha256       TEXT,
    media_type   TEXT    NOT NULL DEFAULT '',
    bytes        BIGINT  NOT NULL DEFAULT 0,
    width        INTEGER NOT NULL CHECK (width > 0),
    height       INTEGER NOT NULL CHECK (height > 0),
    crop_model   TEXT    NOT NULL DEFAULT '',
    crop_score   {real}  NOT NULL DEFAULT 0,
    label        TEXT,
    label_model  TEXT    NOT NULL DEFAULT '',
    vector       {bytes},
    vector_model TEXT    NOT NULL DEFAULT '',
    features     {bytes},
    created_at   BIGINT  NOT NULL,
    -- an original has bytes, a crop has an original and a box in it
    CHECK ((original_id IS NULL) = (sha256 IS NOT NULL)),
    CHECK ((original_id IS NULL) = (box_x IS NULL AND box_y IS NULL AND box_w IS NULL AND box_h IS NULL)),
    CHECK (original_id IS NULL OR (box_x >= 0 AND box_y >= 0 AND box_w > 0 AND box_h > 0)),
    CHECK ((label IS NULL) = (label_model = '')),
    CHECK ((vector IS NULL) = (vector_model = ''))
);
CREATE UNIQUE INDEX images_by_sha256 ON images (sha256) WHERE sha256 IS NOT NULL;
CREATE UNIQUE INDEX crops_by_box ON images (original_id, crop_model, box_x, box_y, box_w, box_h)
    WHERE original_id IS NOT NULL;

CREATE TABLE products (
    id          {id},
    external_id TEXT   NOT NULL UNIQUE CHECK (length(external_id) BETWEEN 1 AND 200),
    name        TEXT   NOT NULL CHECK (length(name) BETWEEN 1 AND 500),
    description TEXT   NOT NULL DEFAULT '',
    category    TEXT   NOT NULL DEFAULT '',
    attributes  TEXT   NOT NULL DEFAULT '{}',
    image_id    BIGINT REFERENCES images (id), -- the original accepted last for this product
    job_id      BIGINT,                        -- the indexing job accepted last for this product
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
CREATE INDEX products_by_category ON products (category, id);
CREATE INDEX products_by_image ON products (image_id);

-- A product's barcodes, taken from its attributes whenever they change, so that a code read from a photo finds its
-- product with one look-up. Two products may bear one code; evidence then speaks for both.
CREATE TABLE product_barcodes (
    product_id BIGINT NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    code       TEXT   NOT NULL,
    PRIMARY KEY (product_id, code)
);
CREATE INDEX product_barcodes_by_code ON product_barcodes (code);

CREATE TABLE product_images (
    id              {id},
    product_id      BIGINT  NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    image_id        BIGINT  NOT NULL REFERENCES images (id),
    is_primary_crop INTEGER NOT NULL CHECK (is_primary_crop IN (0, 1)),
    chosen_by       TEXT    NOT NULL DEFAULT 'machine' CHECK (chosen_by IN ('machine', 'person')),
    job_id          BIGINT  NOT NULL,
    created_at      BIGINT  NOT NULL,
    UNIQUE (product_id, image_id)
);
CREATE UNIQUE INDEX one_primary_per_product ON product_images (product_id) WHERE is_primary_crop = 1;
CREATE INDEX product_images_by_image ON product_images (image_id);

-- The embedded vector store. The cascade is the promise that no vector outlives its link.
CREATE TABLE vectors (
    product_image_id BIGINT  PRIMARY KEY REFERENCES product_images (id) ON DELETE CASCADE,
    model            TEXT    NOT NULL,
    dimensions       INTEGER NOT NULL CHECK (dimensions > 0),
    vector           {bytes} NOT NULL
);

CREATE TABLE indexing_results (
    job_id           BIGINT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
    product_id       BIGINT NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    image_id         BIGINT NOT NULL,
    product_image_id BIGINT,
    score            {real} NOT NULL CHECK (score >= 0 AND score <= 1),
    runners_up       TEXT   NOT NULL DEFAULT '[]',
    note             TEXT   NOT NULL DEFAULT '',
    created_at       BIGINT NOT NULL
);
CREATE INDEX indexing_results_by_product ON indexing_results (product_id);

CREATE TABLE query_results (
    job_id           BIGINT  NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    rank             INTEGER NOT NULL CHECK (rank >= 1),
    product_id       BIGINT  NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    score            {real}  NOT NULL CHECK (score >= 0 AND score <= 1),
    crop_image_id    BIGINT  NOT NULL,
    matched_image_id BIGINT  NOT NULL,
    distance         {real}  NOT NULL CHECK (distance >= 0 AND distance <= 2),
    evidence         TEXT    NOT NULL,
    PRIMARY KEY (job_id, rank),
    UNIQUE (job_id, product_id)
);

-- Per crop, what matched it: the answer's second half, read back as one document.
CREATE TABLE query_crops (
    job_id   BIGINT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    image_id BIGINT NOT NULL,
    matches  TEXT   NOT NULL,
    PRIMARY KEY (job_id, image_id)
);

-- No reference to images or jobs: metrics stay when those are gone.
CREATE TABLE query_metrics (
    job_id       BIGINT  PRIMARY KEY,
    total_ms     {real}  NOT NULL,
    crop_ms      {real}  NOT NULL,
    label_ms     {real}  NOT NULL,
    search_ms    {real}  NOT NULL,
    crops        INTEGER NOT NULL,
    crops_failed INTEGER NOT NULL,
    products     INTEGER NOT NULL,
    best_score   {real}  NOT NULL,
    labels       TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL
);
