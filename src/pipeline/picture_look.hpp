#pragma once

#include <string>
#include <vector>

#include <vitrine/box.hpp>

#include "images/codec.hpp"
#include "ml/vision_engine.hpp"
#include "pipeline/crop_selection.hpp"
#include "pipeline/model_pace.hpp"
#include "pipeline/pipeline.hpp"
#include "storage/image_repository.hpp"

namespace vitrine {

/// What the detector sees in a picture.
struct PictureLook {
    std::string model;                            ///< the detector; never empty
    std::vector<image_repository::NewCrop> found; ///< what became of its boxes; never empty
    std::vector<std::string> remarks;             ///< what the job says of the picture
};

/// How `decoded` lies to its file, `width` x `height` upright.
PictureScale scale_of(const DecodedPicture& decoded, int width, int height);

/// Throws what the detector throws, and Error(BadInput) for boxes that are not to be trusted.
PictureLook look_at(const PipelineParts& parts, const DecodedPicture& decoded, const PictureScale& scale);

/// What `engine` says of the part of the picture in `box`, which is in the file's pixels. Throws what the engine
/// throws, and Error(BadInput) for a vector that must never be stored: of another size, not finite, without length.
image_repository::LabelledCrop label_crop(VisionEngine& engine, ModelPace& pace, const DecodedPicture& decoded,
                                          const Box& box, const PictureScale& scale);

} // namespace vitrine
