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

/// Compares many candidates with one query, each less its mean: how much more alike the two are than any photo and any
/// catalogue picture. The means must outlive it. Safe from any thread.
class Contrast {
public:
    Contrast(const Embedding& query, const VectorMeans& means);

    /// The cosine of the two vectors less their means, in [-1, 1]. 0 where one is nothing but its mean, and for vectors
    /// of another length than the means.
    [[nodiscard]] double with(const Embedding& candidate) const noexcept;

private:
    const Embedding& mean_;
    Embedding query_; ///< less its mean, of unit length; empty where it can be compared with nothing
};

} // namespace vitrine
