#pragma once

#include <string>

#include "images/picture.hpp"

namespace vitrine {

/// A pattern and how sure it is.
struct FoundPattern {
    std::string name;        ///< "plain", "striped", "checked", "dotted"; empty when none fits clearly
    double confidence = 0.0; ///< in [0, 1]; 0 for no name
};

/// The surface pattern of the thing in the picture's middle, where it covers the middle well enough to be judged.
/// Repetition is told from the peaks of the spectrum: one direction is stripes, two at right angles are checks or,
/// when the marks are islands, dots. Folds, shadows and print give no name rather than a wrong one.
/// Safe from any thread; the same pixels give the same name.
FoundPattern find_pattern(const Picture& picture);

} // namespace vitrine
