#include "vectors/distance_sketch.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace vitrine {

SketchSpace::SketchSpace(std::size_t dimensions) : rotation_(dimensions), twice_cosine_(dimensions + 1) {
    const auto bits = static_cast<double>(dimensions);
    for (std::size_t differing = 0; differing <= dimensions; ++differing) {
        // Half a bit more keeps the deviation above zero where no or all bits differ.
        const double share = (static_cast<double>(differing) + 0.5) / (bits + 1.0);
        const double deviation = std::sqrt(share * (1.0 - share) / bits);
        const double least_angle = std::numbers::pi * std::max(0.0, share - deviations * deviation);
        twice_cosine_[differing] = static_cast<float>(2.0 * std::cos(least_angle));
    }
}

float SketchSpace::sketch(std::span<const float> rotated, std::span<const float> rotated_centre,
                          std::span<std::uint64_t> bits) const noexcept {
    float squares = 0.0F;
    for (std::size_t word = 0; word < bits.size(); ++word) {
        const std::size_t begin = word * 64;
        const std::size_t size = std::min<std::size_t>(64, rotated.size() - begin);
        std::uint64_t signs = 0;
        for (std::size_t i = 0; i < size; ++i) {
            const float difference = rotated[begin + i] - rotated_centre[begin + i];
            squares += difference * difference;
            signs |= static_cast<std::uint64_t>(difference > 0.0F) << i;
        }
        bits[word] = signs;
    }
    return std::sqrt(squares);
}

} // namespace vitrine
