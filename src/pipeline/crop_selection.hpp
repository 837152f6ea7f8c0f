#pragma once

#include <functional>
#include <string>
#include <vector>

#include <vitrine/box.hpp>

#include "ml/vision_engine.hpp"

namespace vitrine {

struct CropSelectionOptions {
    int max_crops = 8;
    double min_crop_fraction = 0.005;  ///< of the picture's area
    double convincing_score = 0.5;     ///< below it the whole picture is a candidate too
    double same_overlap = 0.85;        ///< boxes with at least this intersection over union are one, whatever they show
    double whole_overlap = 0.92;       ///< a box that is so much of the picture is the picture
    int side_min = 12;                 ///< pixels of the file; a box with a shorter side shows nothing
    double padding = 0.0;              ///< added on every side, as a part of the box's own side
    double sharpness_min = 5.0;        ///< a box is blurred below this (ml/sharpness.hpp) …
    double sharpness_share_min = 0.05; ///< … and below this part of the sharpest box: a wholly soft photo is kept
    /// How sharp a box of the decoded picture is; every box is sharp where it is not set.
    std::function<double(const Box&)> sharpness{};
};

/// Boxes that did not become crops, each counted once.
struct LeftOut {
    int small = 0; ///< fewer pixels than are worth looking at
    int blurred = 0;
    int repeated = 0; ///< nearly the same as a better one, or as the whole picture that is a crop already
    int too_many = 0; ///< over `max_crops`

    /// One sentence for the job; empty when nothing was left out for its quality (too many are no fault).
    [[nodiscard]] std::string sentence() const;
};

struct SelectedCrops {
    std::vector<Detection> crops; ///< in the file's pixels; never empty
    LeftOut left_out;
};

/// A picture's size as the detector saw it and as the file has it: large photos are decoded at a smaller scale.
struct PictureScale {
    int decoded_width = 0;
    int decoded_height = 0;
    int full_width = 0;
    int full_height = 0;
};

/// Which of the detections become crops: boxes inside the picture, not too small, not blurred, no two alike, the best
/// `max_crops`; what is nearly the whole picture becomes the whole picture; the whole picture too when none is
/// convincing, so that a photo never ends with no answer, however small or blurred it is. Boxes of the detections are
/// in decoded pixels, of the result in the file's and padded. Throws Error(BadInput) for a box outside the picture or a
/// score outside [0, 1]: a model that says so is not to be trusted.
SelectedCrops select_crops(const std::vector<Detection>& detections, const PictureScale& scale,
                           const CropSelectionOptions& options);

/// `box`, in the file's pixels, as decoded pixels; at least one pixel large and inside the decoded picture.
Box to_decoded(const Box& box, const PictureScale& scale);

} // namespace vitrine
