-- Photos taken by people all look a little alike to a network, and so do a shop's own pictures: each kind has a mean of
-- its own that says nothing about what is on them. A ranking takes both off (docs/decisions/means-are-removed.md). The
-- catalogue's mean can be worked out anew at any time; that of the photos asked so far is kept here, one row for each
-- model of vectors. It holds a sum of many photos and no photo, so it stays when they are removed.
CREATE TABLE vector_means (
    model   TEXT    PRIMARY KEY,
    vectors BIGINT  NOT NULL CHECK (vectors > 0),
    mean    {bytes} NOT NULL
);
