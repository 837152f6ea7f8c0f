#pragma once

#include <string>

#include "images/picture.hpp"
#include "ml/foreground.hpp"

namespace vitrine {

/// A pattern and how sure it is.
struct FoundPattern {
    std::string name;        ///< "plain", "striped", "checked" or "dotted"; empty when none fits clearly
    double confidence = 0.0; ///< in [0, 1]; 0 for no name
};

/// The surface pattern of the thing in the picture's middle, where it covers the middle well enough to be judged.
///
/// Plain is what has next to no detail. Dots are many separate round marks of one size. Stripes and checks are told
/// from the spectrum of the colours' first principal component: its power lies in one direction, or in two at right
/// angles, and in few frequencies. Folds, shadows, print and texture give no name rather than a wrong one. Safe from
/// any thread; the same pixels give the same name.
FoundPattern find_pattern(const Picture& picture);

/// The same where the foreground is known.
FoundPattern find_pattern(const Picture& picture, const Foreground& foreground);

} // namespace vitrine
