#include "pipeline/picture_look.hpp"

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/embedding.hpp"
#include "ml/sharpness.hpp"

namespace vitrine {
namespace {

void check(const Labelled& labelled, const ModelVersions& versions) {
    const bool other_length = labelled.vector_version == versions.vector && versions.dimensions > 0 &&
                              static_cast<int>(labelled.vector.size()) != versions.dimensions;
    if (other_length || !is_unit_length(labelled.vector)) {
        throw Error(
            ErrorCode::BadInput,
            fmt::format("The model {} answered a vector of {} values that is not a unit vector of {}; nothing of it "
                        "was stored.",
                        labelled.vector_version, labelled.vector.size(), versions.dimensions));
    }
}

} // namespace

PictureScale scale_of(const DecodedPicture& decoded, int width, int height) {
    return {.decoded_width = decoded.picture.width,
            .decoded_height = decoded.picture.height,
            .full_width = width,
            .full_height = height};
}

PictureLook look_at(const PipelineParts& parts, const DecodedPicture& decoded, const PictureScale& scale) {
    const CropSelectionOptions options{
        .max_crops = parts.options.max_crops,
        .min_crop_fraction = parts.options.min_crop_fraction,
        .padding = parts.options.crop_padding,
        .sharpness = [&decoded](const Box& box) { return sharpness(decoded.picture, box); }};
    const Detections answer =
        parts.pace.time(ModelPace::Question::Crop, [&] { return parts.vision.crop(decoded.picture); });
    const SelectedCrops selected = select_crops(answer.found, scale, options);
    PictureLook look{.model = answer.version, .found = {}, .remarks = {}};
    for (const Detection& crop : selected.crops) look.found.push_back({.box = crop.box, .score = crop.score});
    if (decoded.partial) {
        look.remarks.emplace_back("The picture's file is damaged or ends early; what could be read of it was used.");
    }
    if (auto left_out = selected.left_out.sentence(); !left_out.empty()) look.remarks.push_back(std::move(left_out));
    return look;
}

image_repository::LabelledCrop label_crop(VisionEngine& engine, ModelPace& pace, const DecodedPicture& decoded,
                                          const Box& box, const PictureScale& scale) {
    const ModelVersions versions = engine.versions();
    const Picture pixels = cut(decoded.picture, to_decoded(box, scale));
    Labelled labelled = pace.time(ModelPace::Question::Label, [&] { return engine.label(pixels); });
    check(labelled, versions);
    return {.label = std::move(labelled.label),
            .label_model = std::move(labelled.label_version),
            .vector = std::move(labelled.vector),
            .vector_model = std::move(labelled.vector_version),
            .features = std::move(labelled.features)};
}

} // namespace vitrine
