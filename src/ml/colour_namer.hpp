#pragma once

#include <string>
#include <vector>

#include "images/picture.hpp"
#include "ml/foreground.hpp"

namespace vitrine {

/// A colour's name and how much of the thing it covers.
struct NamedColour {
    std::string name;   ///< "red", "dark blue", "light gray", "beige"
    double cover = 0.0; ///< share of the thing's pixels, in [0, 1]
};

/// The colours of the thing in the picture by their basic English names, the most covering first: at most three, each
/// on at least 12 % of the thing. A plain border (a shop picture's white, a wall) is background and not counted.
///
/// The names are Berlin and Kay's eleven ("Basic Color Terms", 1969), "beige" and "turquoise", and light and dark
/// forms, each by the nearest of a few prototypes in CIE L*a*b*. Empty for a picture without pixels.
/// Safe from any thread; the same pixels give the same names.
std::vector<NamedColour> name_colours(const Picture& picture);

/// The same where the foreground is known.
std::vector<NamedColour> name_colours(const Picture& picture, const Foreground& foreground);

} // namespace vitrine
