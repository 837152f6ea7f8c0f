#pragma once

#include <span>

namespace vitrine {

/// The dot product of two vectors of one size, in float32. Uses AVX2 and FMA where the program is compiled for them
/// (cmake/Toolchain.cmake), plain C++ elsewhere; the two differ in the last bits only. The same two vectors always give
/// the same result, so equal vectors stay tied.
[[nodiscard]] float dot_product(std::span<const float> a, std::span<const float> b) noexcept;

/// The plain path of the above, for machines without AVX2 and for comparing the two.
[[nodiscard]] float dot_product_portable(std::span<const float> a, std::span<const float> b) noexcept;

} // namespace vitrine
