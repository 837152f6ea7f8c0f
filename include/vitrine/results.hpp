#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <vitrine/box.hpp>
#include <vitrine/ids.hpp>
#include <vitrine/structured_label.hpp>
#include <vitrine/time.hpp>

namespace vitrine {

/// One candidate crop's fit to the product's name.
struct CropScore {
    ImageId image_id;
    double score = 0.0; ///< in [0, 1]
    std::int64_t area = 0;

    friend bool operator==(const CropScore&, const CropScore&) = default;
};

/// Why this crop won: the outcome of one indexing job.
struct IndexingResult {
    JobId job_id;
    ProductId product_id;
    ImageId image_id;                               ///< the winning crop
    std::optional<ProductImageId> product_image_id; ///< empty when a later job or a person's choice was kept instead
    double score = 0.0;
    std::vector<CropScore> runners_up; ///< best first
    std::string note;                  ///< empty, or why the winner was not made primary
    Timestamp created_at{};
};

/// What speaks for one catalogue image being what a crop shows. Absent evidence is neutral, not negative.
struct Evidence {
    double distance = 2.0;        ///< cosine distance of the vectors, in [0, 2]
    int inliers = 0;              ///< local features that agree on one geometric transform
    double label_agreement = 0.0; ///< in [0, 1]: the crop's label against the product's name and category
    double text_overlap = 0.0;    ///< in [0, 1]: printed words found in the product's name and description
    bool barcode_equal = false;   ///< a code read from the crop is one of the product's: certain
    /// Cosine of the vectors less what all photos and all catalogue pictures have in common, in [-1, 1]; nothing where
    /// that is not known, or the vectors are such that it is off already (the builtin engine's).
    std::optional<double> contrast = std::nullopt;
    /// How much of what the crop looks like is of this product's category, in (0, 1]: 1 for the category that most of
    /// the likeliest products are of; nothing where there is no contrast or no product has a category.
    std::optional<double> category_support = std::nullopt;

    // What these figures rest on, for a person; filled in for the matches of an answer.
    std::vector<std::string> label_words;   ///< of the crop's label that are in the product's name or category
    std::vector<std::string> printed_words; ///< read from the crop that are in the product's name or description
    std::string barcode;                    ///< the equal code
};

/// One crop's match with one product.
struct CropMatch {
    std::string product_id; ///< the shop's own id
    ProductId product_row;
    double score = 0.0; ///< in [0, 1]
    ImageId matched_image_id;
    Evidence evidence;
    std::vector<std::string> reasons; ///< for a person: "42 matching points", "barcode 4006381333931"
};

/// One product of a query's answer.
struct QueryResult {
    JobId job_id;
    int rank = 0; ///< from 1
    ProductId product_row;
    std::string product_id; ///< the shop's own id
    std::string name;
    double score = 0.0; ///< in [0, 1]
    ImageId crop_image_id;
    Box box; ///< of that crop in the upright photo
    ImageId matched_image_id;
    Evidence evidence;
    std::vector<std::string> reasons;
};

/// One crop of a query's answer with its own matches, best first.
struct QueriedCrop {
    ImageId image_id;
    Box box;
    StructuredLabel label;
    std::vector<CropMatch> matches;
};

/// How long the parts of a query took, in milliseconds.
struct QueryTimings {
    double total_ms = 0.0;
    double crop_ms = 0.0;
    double label_ms = 0.0;
    double search_ms = 0.0;
};

/// A query's whole answer.
struct QueryAnswer {
    JobId job_id;
    ImageId image_id;    ///< the photo; 0 when its retention has ended
    int image_width = 0; ///< upright, in pixels
    int image_height = 0;
    std::vector<QueriedCrop> crops;
    std::vector<QueryResult> products;
    QueryTimings timings;
};

/// What is kept of a query for good, after its pixels are gone.
struct QueryMetrics {
    JobId job_id;
    QueryTimings timings;
    int crops = 0;
    int crops_failed = 0;
    int products = 0;
    double best_score = 0.0;
    std::vector<std::string> labels; ///< each crop's `to_text()`, without barcodes
    std::string category;            ///< asked for, where it cannot be told from the best product; read: either
    Timestamp created_at{};
};

} // namespace vitrine
