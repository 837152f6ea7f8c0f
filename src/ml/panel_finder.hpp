#pragma once

#include <vector>

#include "images/picture.hpp"

namespace vitrine {

/// The parts of a collage or a split screen: boxes between straight seams that run through the whole picture, from side
/// to side or from top to bottom, without the empty strips between them. Empty when the picture is a single one, which
/// a seam in less than most of its length leaves it. At most `panels_max`; more of them are a pattern, not a collage.
/// Works on a copy of at most 320 pixels; safe from any thread.
std::vector<Box> find_panels(const Picture& picture, int panels_max = 6);

} // namespace vitrine
