#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "vectors/random_rotation.hpp"

namespace vitrine {

/// One bit per dimension that bounds a distance from below, so that a search measures exactly only what may be near.
///
/// A vector is seen from a centre: its sketch is, after a random rotation, the sign of every value of (vector -
/// centre), kept with that difference's length, the radius. Two sketches from one centre differ in each bit with
/// probability angle / pi (Charikar, "Similarity estimation techniques from rounding algorithms", 2002), so the number
/// of differing bits tells the angle between the two differences to within a known deviation, and by the law of cosines
/// the distance of the vectors. The bound is taken `deviations` below the estimate. The same idea with another
/// estimator: Gao and Long, "RaBitQ" (SIGMOD 2024). Why this and not a graph: docs/decisions/vector-search.md. Safe
/// from any thread.
class SketchSpace {
public:
    explicit SketchSpace(std::size_t dimensions);

    /// How far below its estimate a bound lies, in standard deviations: one true neighbour in 740 lies lower.
    static constexpr double deviations = 3.0;

    [[nodiscard]] const RandomRotation& rotation() const noexcept { return rotation_; }
    [[nodiscard]] std::size_t dimensions() const noexcept { return rotation_.dimensions(); }

    /// 64-bit words per sketch.
    [[nodiscard]] std::size_t words() const noexcept { return (dimensions() + 63) / 64; }

    /// Writes the sketch of a rotated vector seen from a rotated centre into `words()` words; returns the radius.
    float sketch(std::span<const float> rotated, std::span<const float> rotated_centre,
                 std::span<std::uint64_t> bits) const noexcept;

    /// How many bits differ.
    [[nodiscard]] static std::size_t differing(std::span<const std::uint64_t> a,
                                               std::span<const std::uint64_t> b) noexcept {
        std::size_t bits = 0;
        for (std::size_t word = 0; word < a.size(); ++word) {
            bits += static_cast<std::size_t>(std::popcount(a[word] ^ b[word]));
        }
        return bits;
    }

    /// The least likely squared distance of two vectors by their radii and differing bits.
    [[nodiscard]] float lower_bound(float radius_a, float radius_b, std::size_t differing_bits) const noexcept {
        return radius_a * radius_a + radius_b * (radius_b - radius_a * twice_cosine_[differing_bits]);
    }

private:
    RandomRotation rotation_;
    std::vector<float> twice_cosine_; ///< the greatest likely one, by differing bits from 0 to dimensions
};

} // namespace vitrine
