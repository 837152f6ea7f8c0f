#include "vectors/random_rotation.hpp"

#include <bit>
#include <cmath>
#include <random>

namespace vitrine {
namespace {

constexpr std::size_t rounds = 4; // even, so that head and tail are mixed equally often

// Unnormalised: the signs carry the factor.
void walsh_hadamard(float* values, std::size_t size) noexcept {
    for (std::size_t half = 1; half < size; half *= 2) {
        for (std::size_t start = 0; start < size; start += 2 * half) {
            float* low = values + start;
            float* high = low + half;
            for (std::size_t i = 0; i < half; ++i) {
                const float a = low[i];
                const float b = high[i];
                low[i] = a + b;
                high[i] = a - b;
            }
        }
    }
}

} // namespace

RandomRotation::RandomRotation(std::size_t dimensions)
    : dimensions_(dimensions), block_(std::bit_floor(dimensions)), signs_(rounds * dimensions) {
    std::mt19937_64 random(0x7669'7472'696e'65); // any seed; fixed, so that every run is alike
    const float factor = 1.0F / std::sqrt(static_cast<float>(block_));
    for (std::size_t i = 0; i < signs_.size(); ++i) {
        const std::size_t at = i % dimensions_;
        const bool in_tail_round = (i / dimensions_) % 2 == 1;
        const bool transformed = in_tail_round ? at >= dimensions_ - block_ : at < block_;
        signs_[i] = ((random() >> 63) != 0 ? 1.0F : -1.0F) * (transformed ? factor : 1.0F);
    }
}

void RandomRotation::apply(std::span<float> vector) const noexcept {
    for (std::size_t round = 0; round < rounds; ++round) {
        const float* signs = signs_.data() + round * dimensions_;
        for (std::size_t i = 0; i < dimensions_; ++i) vector[i] *= signs[i];
        walsh_hadamard(vector.data() + (round % 2 == 1 ? dimensions_ - block_ : 0), block_);
    }
}

} // namespace vitrine
