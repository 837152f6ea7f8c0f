#pragma once

#include <cstdint>
#include <span>

namespace vitrine {

/// How a vector was written in one signed byte per dimension: value = scale * byte, but for an error of this length.
struct ByteScale {
    float scale = 0.0F;
    float error = 0.0F; ///< the L2 norm of what was lost
};

/// Writes `vector` into `bytes`, of the same size.
ByteScale encode_bytes(std::span<const float> vector, std::span<std::int8_t> bytes) noexcept;

/// The exact dot product of two encoded vectors' bytes, each in [-127, 127], of at most 65,536 dimensions.
[[nodiscard]] std::int32_t dot_product(std::span<const std::int8_t> a, std::span<const std::int8_t> b) noexcept;

/// The plain path of the above, for machines without AVX2 and for comparing the two.
[[nodiscard]] std::int32_t dot_product_portable(std::span<const std::int8_t> a,
                                                std::span<const std::int8_t> b) noexcept;

/// The most that the dot product of two vectors of unit length can be, by their bytes' dot product (Cauchy-Schwarz).
[[nodiscard]] inline float greatest_dot_product(std::int32_t bytes, const ByteScale& a, const ByteScale& b) noexcept {
    return static_cast<float>(bytes) * a.scale * b.scale + a.error * (1.0F + b.error) + b.error;
}

} // namespace vitrine
