#include "vectors/byte_code.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace vitrine {

ByteScale encode_bytes(std::span<const float> vector, std::span<std::int8_t> bytes) noexcept {
    float largest = 0.0F;
    for (const float value : vector) largest = std::max(largest, std::abs(value));
    const float scale = largest / 127.0F;
    const float per_step = largest > 0.0F ? 127.0F / largest : 0.0F;
    float squares = 0.0F;
    for (std::size_t i = 0; i < vector.size(); ++i) {
        const float steps = std::clamp(std::nearbyint(vector[i] * per_step), -127.0F, 127.0F);
        bytes[i] = static_cast<std::int8_t>(steps);
        const float lost = vector[i] - steps * scale;
        squares += lost * lost;
    }
    return {scale, std::sqrt(squares)};
}

std::int32_t dot_product_portable(std::span<const std::int8_t> a, std::span<const std::int8_t> b) noexcept {
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += std::int32_t{a[i]} * b[i];
    return sum;
}

#if defined(__AVX2__)

std::int32_t dot_product(std::span<const std::int8_t> a, std::span<const std::int8_t> b) noexcept {
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i sums = _mm256_setzero_si256();
    std::size_t i = 0;
    for (; i + 32 <= a.size(); i += 32) {
        const __m256i x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(a.data() + i));
        const __m256i y = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b.data() + i));
        // |x| * (y with x's sign): the instruction wants one side unsigned. Two products of 127 * 127 fit 16 bits.
        const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(x), _mm256_sign_epi8(y, x));
        sums = _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, ones));
    }
    __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0b01'00'11'10));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0b10'11'00'01));
    return _mm_cvtsi128_si32(sum) + dot_product_portable(a.subspan(i), b.subspan(i));
}

#else

std::int32_t dot_product(std::span<const std::int8_t> a, std::span<const std::int8_t> b) noexcept {
    return dot_product_portable(a, b);
}

#endif

} // namespace vitrine
