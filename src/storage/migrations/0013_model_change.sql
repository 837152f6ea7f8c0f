-- A change of models: while the catalogue is embedded anew, and until the old vectors are dropped, every product has two
-- links: the primary one, whose vector the active model made, and a standby one of the other model. The switch swaps
-- the two for all products in one transaction, so that a search sees one model's links or the other's, never both.
ALTER TABLE product_images ADD COLUMN standby INTEGER NOT NULL DEFAULT 0
    CHECK (standby IN (0, 1, 2)); -- 2: only inside of a switch
CREATE UNIQUE INDEX one_standby_per_product ON product_images (product_id) WHERE standby = 1;

-- Which vector models the catalogue has: searches use the active one. `own_crops`: a model that came with a change
-- keeps its crops apart from those of the models before it, so that neither overwrites what the other said of a crop.
CREATE TABLE catalogue_models (
    vector_model TEXT    PRIMARY KEY,
    role         TEXT    NOT NULL CHECK (role IN ('active', 'standby', 'gone')),
    own_crops    INTEGER NOT NULL CHECK (own_crops IN (0, 1)),
    changed_at   BIGINT  NOT NULL
);
CREATE UNIQUE INDEX one_active_model ON catalogue_models (role) WHERE role = 'active';
CREATE UNIQUE INDEX one_standby_model ON catalogue_models (role) WHERE role = 'standby';
