#pragma once

#include <cstdint>
#include <vector>

#include <vitrine/box.hpp>

#include "images/picture.hpp"

namespace vitrine {

/// Which pixels of a picture show things, told from a plain background that reaches the picture's border.
struct Foreground {
    static constexpr int side_max = 320; ///< the mask is made on a copy whose longer side has at most this many pixels

    bool plain = false; ///< a plain background was found; otherwise everything counts as foreground
    int width = 0;      ///< of the mask
    int height = 0;
    std::vector<std::uint8_t> inside; ///< width * height: 1 for foreground, 0 for background
    double share = 1.0;               ///< foreground pixels over all
};

/// Floods from the border over pixels of the border's own colour (CIE L*a*b*), as far as the border's own noise goes.
/// Holes in a thing stay foreground: a white carton on white keeps its white. A border of several colours is no plain
/// background. Any picture of at least one pixel; the same pixels give the same mask. Safe from any thread.
Foreground find_foreground(const Picture& picture);

} // namespace vitrine
