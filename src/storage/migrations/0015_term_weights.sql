-- Products that are found by words come in the order of how well they fit: a term says how much it tells of its product
-- (core/search_terms.hpp). The weight is in the index, so that the best of many are found without looking at their rows.
--
-- Terms are also what an attribute's values are found by. The programs that come after this bring the terms up to date
-- when they open the database (products.terms_version).
ALTER TABLE product_terms ADD COLUMN weight INTEGER NOT NULL DEFAULT 0 CHECK (weight >= 0);
DROP INDEX product_terms_by_term;
CREATE INDEX product_terms_by_term ON product_terms (term, product_id, weight);
