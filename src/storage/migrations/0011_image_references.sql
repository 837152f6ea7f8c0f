-- A picture may go when nothing refers to it any more: no product, no link, no job that still works on it, no query whose
-- answer is kept. Products and links are rows that refer to images; what jobs work on stood in their subjects alone,
-- which the database does not look into.
CREATE TABLE job_images (
    job_id   BIGINT  PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
    image_id BIGINT  NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    kept     INTEGER NOT NULL CHECK (kept IN (0, 1)) -- 1: a query's photo, which stays when the job has ended
);
CREATE INDEX job_images_by_image ON job_images (image_id);

-- The jobs there are: a crop task's subject is written by one function, as {"image_id":N,"then":"STEP"}.
INSERT INTO job_images (job_id, image_id, kept)
SELECT known.job_id, known.image_id, known.kept
FROM (SELECT id AS job_id,
             CAST(REPLACE(REPLACE(REPLACE(first_subject, '{"image_id":', ''), ',"then":"query_all_crops"}', ''),
                          ',"then":"select_and_save_primary_crop"}', '') AS BIGINT) AS image_id,
             CASE WHEN kind = 'query' THEN 1 ELSE 0 END AS kept
      FROM jobs
      WHERE first_kind = 'crop' AND first_subject LIKE '{"image_id":%,"then":"%"}' AND kind IN ('index', 'query')) known
WHERE EXISTS (SELECT 1 FROM images i WHERE i.id = known.image_id);

-- Originals that may have lost their last reference: each is looked at, and goes or stays. A row here is the promise that
-- somebody looks, whoever dies when.
CREATE TABLE image_releases (
    image_id BIGINT PRIMARY KEY REFERENCES images (id) ON DELETE CASCADE,
    due_at   BIGINT NOT NULL
);
CREATE INDEX image_releases_due ON image_releases (due_at);

-- Files whose row is gone. A file is removed after the commit that removed its row; until that is recorded in
-- `removed_at`, it is done again. A row stays for a while after that: whoever stores the same bytes again looks, in the
-- transaction that makes the new row, whether a removal of theirs began since before they stored them, and then stores
-- them once more (docs/decisions/removing-files.md).
CREATE TABLE blob_removals (
    id         {id},
    sha256     TEXT   NOT NULL UNIQUE,
    bytes      BIGINT NOT NULL DEFAULT 0,
    asked_at   BIGINT NOT NULL,
    lease_until BIGINT NOT NULL DEFAULT 0, -- who removes the file now has until then
    removed_at BIGINT
);
CREATE INDEX blob_removals_unfinished ON blob_removals (id) WHERE removed_at IS NULL;
CREATE INDEX blob_removals_finished ON blob_removals (removed_at) WHERE removed_at IS NOT NULL;

-- Retention looks at originals from the oldest on.
CREATE INDEX originals_by_age ON images (created_at, id) WHERE original_id IS NULL;
