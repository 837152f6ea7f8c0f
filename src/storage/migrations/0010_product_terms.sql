-- What a product is found by in words: those of its id, name, category and description, and those that its primary crop's
-- label says, folded, each by itself. An index of our own, since the full-text indexes of the two databases have nothing in
-- common: one text of SQL, and it lands in the transaction that changes what it was made from.
--
-- {bytewise}: prefixes are ranges, which hold only where texts are ordered by their bytes.

CREATE TABLE product_terms (
    product_id BIGINT     NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    term       {bytewise} NOT NULL,
    PRIMARY KEY (product_id, term)
);
CREATE INDEX product_terms_by_term ON product_terms (term, product_id);

-- How the terms were made; 0: not yet. Products of another version are brought up to date when a program opens the database.
ALTER TABLE products ADD COLUMN terms_version INTEGER NOT NULL DEFAULT 0;
CREATE INDEX products_by_terms_version ON products (terms_version, id);
