#pragma once

#include <vector>

#include "images/picture.hpp"
#include "ml/foreground.hpp"

namespace vitrine {

/// What a crop looks like, as plain counts before any learning.
struct Appearance {
    bool plain = false;        ///< the thing stood before a plain background: only its own pixels were counted
    std::vector<float> values; ///< `appearance_dimensions` of them, each in [0, 1]
};

constexpr int colour_dimensions = 6 * 8 * 8;     ///< lightness x a x b
constexpr int layout_dimensions = 2 * 4 * 5 * 5; ///< the same, coarser, of the upper and of the lower half
constexpr int gradient_dimensions = 3 * 3 * 8;   ///< three scales x L, a, b x strength of the gradient
constexpr int appearance_dimensions = colour_dimensions + layout_dimensions + gradient_dimensions;

/// Colours, their rough layout and the strength of structure, in CIE L*a*b* with soft bins, on a copy of at most 128
/// pixels a side. Without a plain background the middle counts most, since there is no outline to go by. The counts'
/// fourth roots (gradients: square roots) are given, so that a colour's presence says more than its amount.
/// The values do not change when the picture is mirrored. Safe from any thread.
Appearance describe_appearance(const Picture& crop, const Foreground& foreground);

} // namespace vitrine
