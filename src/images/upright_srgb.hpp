#pragma once

// For the sources of this floor alone: see images/vips_image.hpp.

#include <optional>

#include "images/vips_image.hpp"

namespace vitrine {

/// Makes of whatever a decoder gave (grey, CMYK, 16 bit, transparent, with a colour profile, turned) an upright picture
/// in sRGB whose longer side has at most `side_max` pixels; transparency is laid on white. Nothing when the pixels
/// cannot be read or their form has no meaning as colours.
std::optional<Picture> upright_srgb(VipsImage* image, int side_max);

} // namespace vitrine
