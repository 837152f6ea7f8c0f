#pragma once

#include <cstdint>
#include <vector>

#include <vitrine/box.hpp>

#include "images/picture.hpp"

namespace vitrine {

/// Which pixels of a picture show things, told from a background that reaches the picture's border.
struct Foreground {
    static constexpr int side_max = 256; ///< the mask is made on a copy whose longer side has at most this many pixels

    bool plain = false;  ///< the background is of one colour, as in a shop's pictures
    bool simple = false; ///< plain, or of a few colours, as a table before a wall
    int width = 0;       ///< of the mask
    int height = 0;
    std::vector<std::uint8_t> inside; ///< width * height: 1 for foreground, 0 for background; all 1 unless simple
    double share = 1.0;               ///< foreground pixels over all
};

/// Floods from the border over pixels of the border's own colours (CIE L*a*b*), as far as their noise goes, and over
/// soft shadows. Holes in a thing stay foreground: a white carton on white keeps its white. A border of many colours,
/// or one that most things cross, is no background. Any picture of at least one pixel; the same pixels give the same
/// mask. Safe from any thread.
Foreground find_foreground(const Picture& picture);

} // namespace vitrine
