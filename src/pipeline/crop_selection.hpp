#pragma once

#include <vector>

#include <vitrine/box.hpp>

#include "ml/vision_engine.hpp"

namespace vitrine {

struct CropSelectionOptions {
    int max_crops = 8;
    double min_crop_fraction = 0.005; ///< of the picture's area
    double convincing_score = 0.5;    ///< below it the whole picture is a candidate too
    double same_overlap = 0.95;       ///< boxes with at least this intersection over union are one
};

/// A picture's size as the detector saw it and as the file has it: large photos are decoded at a smaller scale.
struct PictureScale {
    int decoded_width = 0;
    int decoded_height = 0;
    int full_width = 0;
    int full_height = 0;
};

/// Which of the detections become crops: boxes inside the picture, not too small, no two alike, the best `max_crops`;
/// the whole picture too when none is convincing, so that a photo never ends with no answer. Boxes of the detections
/// are in decoded pixels, of the result in the file's. Never empty. Throws Error(BadInput) for a box outside the
/// picture or a score outside [0, 1]: a model that says so is not to be trusted.
std::vector<Detection> select_crops(const std::vector<Detection>& detections, const PictureScale& scale,
                                    const CropSelectionOptions& options);

/// `box`, in the file's pixels, as decoded pixels; at least one pixel large and inside the decoded picture.
Box to_decoded(const Box& box, const PictureScale& scale);

} // namespace vitrine
