#include "core/embedding.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace vitrine {

bool is_unit_length(const Embedding& vector) noexcept {
    const double squares = std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0);
    return std::abs(std::sqrt(squares) - 1.0) <= 0.001; // false for NaN and infinity
}

double cosine_distance(const Embedding& a, const Embedding& b) noexcept {
    const auto size = std::min(a.size(), b.size());
    const double cosine = std::inner_product(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(size), b.begin(), 0.0);
    return std::clamp(1.0 - cosine, 0.0, 2.0);
}

} // namespace vitrine
