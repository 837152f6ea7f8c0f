#pragma once

#include <vitrine/image.hpp>

#include "core/local_features.hpp"
#include "images/picture.hpp"

namespace vitrine {

/// The length of a storage vector.
constexpr int storage_vector_dimensions = 512;

/// The vector that stands for a crop: what the thing's colours are and where, how its surface is textured, and which
/// local features it has, each block of unit length times its weight. Any picture of at least one pixel gives a finite
/// vector of unit length; the same pixels and features give the same vector. Safe from any thread.
Embedding storage_vector(const Picture& crop, const LocalFeatures& features);

} // namespace vitrine
