-- A person can correct what a model said of a crop. The correction stands beside the model's label and goes before it, so
-- that a later labelling by another model neither loses it nor is lost, and taking it back needs no model call.
ALTER TABLE images ADD COLUMN person_label TEXT CHECK (person_label IS NULL OR label IS NOT NULL);
