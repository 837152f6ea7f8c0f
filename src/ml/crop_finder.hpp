#pragma once

#include <vector>

#include "images/picture.hpp"
#include "ml/vision_engine.hpp"

namespace vitrine {

struct CropFinderOptions {
    int boxes_max = 6;             ///< the best so many
    double area_share_min = 0.004; ///< smaller things are specks
    double merge_overlap = 0.7;    ///< intersection over union above which two boxes are one thing
};

/// Finds the things in a picture without a trained network.
///
/// Before a plain background (a shop's white, a table) each connected thing is cut out tightly. A busy photo has no
/// such outline: then the whole picture and its middle, where people hold what they photograph, are given with a low
/// score. Boxes are inside the picture, best first, no two nearly the same; empty only where the picture has no pixels.
/// Works on a copy of at most `Foreground::side_max` pixels. Safe from any thread; the same pixels give the same boxes.
std::vector<Detection> find_crops(const Picture& picture, const CropFinderOptions& options = {});

} // namespace vitrine
