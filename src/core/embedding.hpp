#pragma once

#include <vitrine/image.hpp>

namespace vitrine {

/// Whether every value is finite and the L2 norm is 1 to within 0.001. An empty vector is not of unit length.
bool is_unit_length(const Embedding& vector) noexcept;

/// 1 - the cosine of the angle between two unit vectors of one size, clamped to [0, 2].
double cosine_distance(const Embedding& a, const Embedding& b) noexcept;

} // namespace vitrine
