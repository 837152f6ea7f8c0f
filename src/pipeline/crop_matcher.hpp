#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <vitrine/image.hpp>

#include "core/ranking.hpp"
#include "pipeline/candidate_source.hpp"
#include "vectors/vector_store.hpp"

namespace vitrine {

struct MatchOptions {
    SearchBreadth breadth;
    RankingWeights weights;
    VectorMeans means;      ///< taken off before vectors are compared; empty: they are compared as they are
    ProductScope scope;     ///< only these products
    double score_min = 0.0; ///< matches below it are left out
    int matches_max = 20;   ///< kept for each crop
};

/// The vectors nearest to each crop's, and some more for those that turn out to have no link. The crops bear vectors of
/// one model. Of a scope the products that are in it are found however rare they are: see
/// docs/decisions/narrowed-search.md. Throws what the store throws.
std::vector<std::vector<VectorHit>> search_crops(std::span<const Image> crops, VectorStore& vectors,
                                                 CandidateSource& source, const MatchOptions& options);

/// What each of the crops matches in the catalogue, best first. The crops bear labels and vectors of one model.
/// `features` are the crops' own, or empty: then they are read by the crops' ids. Candidates are `hits`, which
/// search_crops found for them, and the products whose barcode was read. The matches bear
/// no reasons: who shows them makes those of their evidence.
std::vector<CropMatches> match_crops(std::span<const Image> crops, const std::vector<std::vector<VectorHit>>& hits,
                                     CandidateSource& source, const MatchOptions& options,
                                     std::span<const std::shared_ptr<const LocalFeatures>> features = {});

} // namespace vitrine
