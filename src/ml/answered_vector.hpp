#pragma once

#include <cstddef>
#include <vector>

#include <vitrine/image.hpp>

namespace vitrine {

/// The longest vector that a model may answer.
constexpr std::size_t vector_values_max = 16'384;

/// `values`, which a model answered, brought to unit length. Throws Error(BadInput) with a clause that says what is
/// wrong when there are none, when one is not finite, and when all are zero.
Embedding unit_vector(std::vector<float> values);

} // namespace vitrine
