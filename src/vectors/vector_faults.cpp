#include "vectors/vector_faults.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <fmt/format.h>

namespace vitrine {
namespace {

constexpr std::size_t dimensions_max = 65'536;

bool has_direction(std::span<const float> vector) {
    return std::ranges::any_of(vector, [](float value) { return value != 0.0F; });
}

} // namespace

bool is_finite(std::span<const float> vector) {
    return std::ranges::all_of(vector, [](float value) { return std::isfinite(value); });
}

std::string fault_of(std::span<const float> vector) {
    if (vector.empty()) return "is empty";
    if (vector.size() > dimensions_max) return fmt::format("has more than {} dimensions", dimensions_max);
    if (!is_finite(vector)) return "holds a value that is not a finite number";
    if (!has_direction(vector)) return "is all zeros and so has no direction";
    return {};
}

} // namespace vitrine
