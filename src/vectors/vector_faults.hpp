#pragma once

#include <span>
#include <string>

namespace vitrine {

/// What is wrong with a vector by itself, as the end of a sentence ("is empty"); empty when nothing is. No store takes
/// one that is empty, has over 65,536 dimensions, holds a value that is not finite, or is all zeros: it has no
/// direction.
std::string fault_of(std::span<const float> vector);

bool is_finite(std::span<const float> vector);

} // namespace vitrine
