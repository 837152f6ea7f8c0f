#include "vectors/random_rotation.hpp"

#include <bit>
#include <cmath>
#include <random>

namespace vitrine {
namespace {

constexpr std::size_t rounds = 4; // even, so that head and tail are mixed equally often

// One stage: sums and differences of values `half` apart. Inlined, so that a constant `half` below a register's width
// still becomes SIMD: that halves the time of the whole transform.
[[gnu::always_inline]] inline void butterflies(float* values, std::size_t size, std::size_t half) noexcept {
    for (std::size_t start = 0; start < size; start += 2 * half) {
        for (std::size_t low = start; low < start + half; ++low) {
            const float a = values[low];
            const float b = values[low + half];
            values[low] = a + b;
            values[low + half] = a - b;
        }
    }
}

// Unnormalised: the signs carry the factor. `size` is a power of two.
void walsh_hadamard(float* values, std::size_t size) noexcept {
    if (size >= 2) butterflies(values, size, 1);
    if (size >= 4) butterflies(values, size, 2);
    if (size >= 8) butterflies(values, size, 4);
    for (std::size_t half = 8; half < size; half *= 2) butterflies(values, size, half);
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
