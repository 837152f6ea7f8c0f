#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace vitrine {

/// A fixed orthogonal map that spreads any vector's length evenly over its values, in O(n log n): rounds of random
/// signs and a Walsh-Hadamard transform, as in Andoni et al., "Practical and Optimal LSH for Angular Distance" (2015),
/// section 5. Where n is not a power of two the transform covers the first and the last power of two in turn. Distances
/// and dot products are kept; the map is linear and the same in every process. Safe from any thread.
class RandomRotation {
public:
    explicit RandomRotation(std::size_t dimensions);

    [[nodiscard]] std::size_t dimensions() const noexcept { return dimensions_; }

    /// Rotates `vector`, of `dimensions()` values, in place.
    void apply(std::span<float> vector) const noexcept;

private:
    std::size_t dimensions_;
    std::size_t block_;        ///< the largest power of two that fits
    std::vector<float> signs_; ///< per round and dimension: +-1, times the block's 1/sqrt(size) where it is transformed
};

} // namespace vitrine
