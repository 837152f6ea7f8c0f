#pragma once

#include <cstdint>

#include <vitrine/image.hpp>

namespace vitrine {

/// The mean of the vectors seen so far, which forgets: from `memory` vectors on each further one counts as one in
/// `memory`, so that it follows a slow change of what is photographed.
struct MeanVector {
    static constexpr std::int64_t memory = 10'000;

    std::int64_t count = 0;
    Embedding mean; ///< empty while count is 0

    /// Vectors of another length than the first are left out.
    void add(const Embedding& vector);
};

/// What is taken off the two sides of a comparison.
struct VectorMeans {
    Embedding queries;
    Embedding catalogue;

    /// Nothing is known yet: nothing is taken off.
    [[nodiscard]] bool empty() const noexcept { return catalogue.empty(); }
};

/// The means for comparing a photo with the catalogue: of few photos little is known, so that the catalogue's mean
/// counts like five photos among them. Empty while the catalogue's is of fewer than twenty pictures: it would be the
/// pictures themselves, more than what they have in common.
VectorMeans means_from(const MeanVector& queries, const MeanVector& catalogue);

/// The cosine of the two vectors less their means, in [-1, 1]: how much more alike they are than any photo and any
/// catalogue picture. 0 where one is nothing but its mean, and for vectors of another length than the means.
double contrast(const Embedding& query, const Embedding& candidate, const VectorMeans& means) noexcept;

} // namespace vitrine
