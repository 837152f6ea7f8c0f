#pragma once

#include <vector>

#include "core/local_features.hpp"
#include "ml/vector_model.hpp"

namespace vitrine {

/// The local features of a crop in one vector of unit length (all zeros when there are none): a vector of locally
/// aggregated descriptors. Each descriptor, shortened by `reduction`, adds its direction from the nearest word of the
/// vocabulary to that word's part; then signed square roots.
/// Jegou et al., "Aggregating local image descriptors into compact codes" (2012); Arandjelovic and Zisserman, "All
/// about VLAD" (2013). Safe from any thread.
std::vector<float> aggregate(const LocalFeatures& features, const VectorModel& model);

/// A descriptor's values in [0, 1].
std::vector<float> unpacked(const LocalFeature& feature);

} // namespace vitrine
