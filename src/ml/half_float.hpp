#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace vitrine {

/// IEEE 754 binary16, as servers send and take it (FP16).
inline float from_half(std::uint16_t bits) noexcept {
    const float sign = (bits & 0x8000U) != 0 ? -1.0F : 1.0F;
    const int exponent = (bits >> 10U) & 0x1F;
    const auto mantissa = static_cast<float>(bits & 0x3FFU);
    if (exponent == 0x1F) return mantissa != 0.0F ? NAN : sign * INFINITY;
    if (exponent == 0) return sign * std::ldexp(mantissa, -24);
    return sign * std::ldexp(mantissa + 1024.0F, exponent - 25);
}

/// The nearest half, ties to even; beyond 65,504 an infinity.
inline std::uint16_t to_half(float value) noexcept {
    const std::uint16_t sign = std::signbit(value) ? 0x8000 : 0;
    const float size = std::fabs(value);
    if (std::isnan(value)) return static_cast<std::uint16_t>(sign | 0x7E00);
    if (size >= 65'520.0F) return static_cast<std::uint16_t>(sign | 0x7C00);
    if (size == 0.0F) return sign;
    int exponent = 0;
    std::frexp(size, &exponent); // size = m * 2^exponent, m in [0.5, 1)
    // Of the unit in the last place: 2^-24 for the smallest, else 11 bits under the leading one's.
    const int unit = std::max(exponent - 11, -24);
    const auto steps = static_cast<std::uint32_t>(std::nearbyint(std::ldexp(size, -unit)));
    // A carry out of the mantissa is a carry into the exponent, which is what rounding up over a power of two means.
    const std::uint32_t bits =
        unit == -24 && steps < 1024 ? steps : steps - 1024 + (static_cast<std::uint32_t>(unit + 25) << 10U);
    return static_cast<std::uint16_t>(sign | bits);
}

} // namespace vitrine
