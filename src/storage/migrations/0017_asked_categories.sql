-- What kind of thing a query asked for, kept with its metrics: the results it could be told from go when the query is
-- erased, and the products' categories change, while statistics over years need it. It is the category of the best
-- product found, or else what the query was narrowed to or its photo was taken for; empty: not known.
ALTER TABLE query_metrics ADD COLUMN category TEXT NOT NULL DEFAULT '';

UPDATE query_metrics SET category = COALESCE((SELECT p.category FROM query_results r JOIN products p ON p.id = r.product_id
    WHERE r.job_id = query_metrics.job_id AND r.rank = 1), '');
