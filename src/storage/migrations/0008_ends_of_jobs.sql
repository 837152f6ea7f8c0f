-- Statistics of the last day are asked for every few seconds by a person who looks: they must not read every job and every
-- query that ever was.
CREATE INDEX jobs_by_end ON jobs (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX query_metrics_by_age ON query_metrics (created_at);
