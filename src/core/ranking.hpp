#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <vitrine/results.hpp>

namespace vitrine {

/// How many candidates a query considers for each of its crops.
struct SearchBreadth {
    int candidates_per_crop = 150; ///< asked of the vector store, nearest first
    int verify_max = 30;           ///< of these, the nearest so many are compared by local features
};

/// How the kinds of evidence are weighed against each other, chosen on photos of groceries and clothing
/// (docs/quality.md has the figures with and without each). All are odds on a logarithmic scale.
struct RankingWeights {
    double nearness = 8.0;      ///< of 1 - distance, where there is no contrast
    double contrast = 12.0;     ///< of the contrast
    double contrast_base = 2.0; ///< what a contrast of 0 is worth
    double inliers = 2.0;       ///< of the square root of the matching points beyond `inliers_by_chance`
    double inliers_by_chance = 5.0;
    double label_agreement = 0.3;
    double text_overlap = 2.0;
    double category_support = 4.0; ///< of the logarithm of the category's support
    double none_of_these = 3.0;    ///< what speaks for the thing being in no candidate
};

/// Fills in category_support: the likeliest products vote for their categories, so that where no single product stands
/// out one of the kind that most of them are comes first. Each of the 20 likeliest by all other evidence has a vote
/// that falls slowly with its odds; one that stands out by matching points decides alone. The vote counts in full where
/// there are three voters or more to a category, and not at all where there are two or fewer: 20 groceries of 14 kinds
/// have nothing to agree on. `categories` are the candidates', in their order; a product without one is a kind of its
/// own, and where none has one nothing is filled in. Pure.
void add_category_support(std::span<Evidence> candidates, std::span<const std::string_view> categories,
                          const RankingWeights& weights = {});

/// The score in [0, 1] of each candidate of one crop, in their order: the probability that it is what the crop shows,
/// against the other candidates and none of them. So a crop whose best candidate stands out says more than one with
/// many that look alike. More of any evidence never lowers a candidate's own score; an equal barcode gives at least
/// 0.99 and beats everything that has none. Pure.
std::vector<double> score_candidates(std::span<const Evidence> candidates, const RankingWeights& weights = {});

/// What speaks for the match, for a person, strongest first: "equal barcode", "42 matching points", "looks alike".
std::vector<std::string> reasons_for(const Evidence& evidence);

/// One crop of a photo with its scored matches, in any order.
struct CropMatches {
    ImageId crop;
    std::vector<CropMatch> matches;
};

/// A product's place in a photo's answer, and where its best match is in the `CropMatches` it came from.
struct ProductScore {
    std::string product_id;
    ProductId product_row;
    double score = 0.0;
    std::size_t crop = 0;  ///< index of the crop
    std::size_t match = 0; ///< index among that crop's matches
};

/// The products found by all crops of a photo together, best first: each with the score of its best match. Ties go to
/// the smaller distance, then to the product id in byte order. Pure.
std::vector<ProductScore> aggregate_by_product(std::span<const CropMatches> crops);

/// The crop that stands for a product: the highest score, then the larger area, then the lower image id. Throws
/// Error(Internal) when there are no candidates.
CropScore choose_primary(std::span<const CropScore> candidates);

} // namespace vitrine
