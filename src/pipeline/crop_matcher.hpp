#pragma once

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
    std::string category; ///< only products of this category; empty: any
    int matches_max = 20; ///< kept for each crop
};

/// What each of the crops matches in the catalogue, best first. The crops bear labels and vectors of one model. One
/// search for all of them; candidates are the nearest vectors and the products whose barcode was read.
/// Throws what the vector store throws.
std::vector<CropMatches> match_crops(std::span<const Image> crops, VectorStore& vectors, CandidateSource& source,
                                     const MatchOptions& options);

} // namespace vitrine
