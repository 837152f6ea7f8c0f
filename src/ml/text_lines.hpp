#pragma once

#include <vector>

#include "images/picture.hpp"

namespace vitrine {

/// Where a line of letters stands: a rectangle turned about its centre. All in pixels of the picture.
struct TextLine {
    double x = 0.0; ///< centre
    double y = 0.0;
    double length = 0.0; ///< along the line
    double height = 0.0; ///< from the lowest descender to the highest ascender
    double angle = 0.0;  ///< of the reading direction from the x axis, in degrees, within +-45
    bool light = false;  ///< light letters on a darker ground
    int letters = 0;     ///< how many letter-like marks stand in it
};

/// Lines of three letters or more, the likeliest to be legible first, at most `lines_max`. Letters are marks that stand
/// out from their surroundings, alike in height and brightness, in a row of any tilt up to 45 degrees: on shop photos a
/// page layout analysis finds next to nothing, since packages are held askew and backgrounds are busy.
/// Texture also gives lines now and then; whether they read as words is for the recogniser to say.
/// Safe from any thread; the same pixels give the same lines.
std::vector<TextLine> find_text_lines(const Picture& picture, int lines_max);

} // namespace vitrine
