#include "vectors/dot_product.hpp"

#include <array>
#include <cstddef>

#if defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
#endif

namespace vitrine {

float dot_product_portable(std::span<const float> a, std::span<const float> b) noexcept {
    // Independent sums: float addition may not be reordered by the compiler, so one sum would not become SIMD.
    constexpr std::size_t lanes = 16;
    std::array<float, lanes> sums{};
    std::size_t i = 0;
    for (; i + lanes <= a.size(); i += lanes) {
        for (std::size_t lane = 0; lane < lanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
    }
    float sum = 0.0F;
    for (const float partial : sums) sum += partial;
    for (; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

#if defined(__AVX2__) && defined(__FMA__)

namespace {

float sum_of_lanes(__m256 lanes) noexcept {
    __m128 sum = _mm_add_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps(lanes, 1));
    sum = _mm_add_ps(sum, _mm_movehl_ps(sum, sum));
    return _mm_cvtss_f32(_mm_add_ss(sum, _mm_movehdup_ps(sum)));
}

} // namespace

float dot_product(std::span<const float> a, std::span<const float> b) noexcept {
    const float* x = a.data();
    const float* y = b.data();
    const std::size_t size = a.size();
    // Four sums in flight hide the latency of FMA (4 cycles, two a cycle bounded by two loads each).
    __m256 sum0 = _mm256_setzero_ps(), sum1 = sum0, sum2 = sum0, sum3 = sum0;
    std::size_t i = 0;
    for (; i + 32 <= size; i += 32) {
        sum0 = _mm256_fmadd_ps(_mm256_loadu_ps(x + i), _mm256_loadu_ps(y + i), sum0);
        sum1 = _mm256_fmadd_ps(_mm256_loadu_ps(x + i + 8), _mm256_loadu_ps(y + i + 8), sum1);
        sum2 = _mm256_fmadd_ps(_mm256_loadu_ps(x + i + 16), _mm256_loadu_ps(y + i + 16), sum2);
        sum3 = _mm256_fmadd_ps(_mm256_loadu_ps(x + i + 24), _mm256_loadu_ps(y + i + 24), sum3);
    }
    for (; i + 8 <= size; i += 8) sum0 = _mm256_fmadd_ps(_mm256_loadu_ps(x + i), _mm256_loadu_ps(y + i), sum0);
    float sum = sum_of_lanes(_mm256_add_ps(_mm256_add_ps(sum0, sum1), _mm256_add_ps(sum2, sum3)));
    for (; i < size; ++i) sum += x[i] * y[i];
    return sum;
}

#else

float dot_product(std::span<const float> a, std::span<const float> b) noexcept {
    return dot_product_portable(a, b);
}

#endif

} // namespace vitrine
