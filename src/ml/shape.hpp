#pragma once

#include <vector>

#include "images/picture.hpp"

namespace vitrine {

constexpr int shape_dimensions = 8 * 4 * 6; ///< cells down x cells of one half across x directions of an edge

/// Where the edges of a crop run in which direction: a histogram of oriented gradients over its cells (Dalal and
/// Triggs, "Histograms of Oriented Gradients for Human Detection", 2005), the crop squeezed to a square and both halves
/// folded together, so that its mirror image has the same shape. A picture without edges gives zeros. Safe from any
/// thread.
std::vector<float> describe_shape(const Picture& crop);

} // namespace vitrine
