-- Runs that come by themselves (clean-up, consistency check): when each is due next. The row is the scheduler: whoever
-- moves `due_at` on, in the transaction that accepts the run's job, has started it, so that a run that was missed happens
-- once, whatever was switched off meanwhile, and never in two processes at once.
CREATE TABLE schedules (
    kind   TEXT   PRIMARY KEY,
    due_at BIGINT NOT NULL
);

-- What each run found and did, as far as it is: written with every step of its job.
CREATE TABLE lifecycle_runs (
    job_id     BIGINT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
    kind       TEXT   NOT NULL,
    report     TEXT   NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX lifecycle_runs_by_kind ON lifecycle_runs (kind, job_id);
