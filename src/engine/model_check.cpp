#include "engine/model_check.hpp"

#include <chrono>
#include <cmath>

#include "engine/vision_parts.hpp"
#include "images/codec.hpp"

namespace vitrine {
namespace {

template <class Work>
double milliseconds_of(const Work& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

double length_of(const Embedding& vector) {
    double square = 0.0;
    for (const float value : vector) square += double{value} * value;
    return std::sqrt(square);
}

} // namespace

ModelCheck check_models(const Config& config, std::string_view picture_bytes) {
    DecodeLimits limits;
    limits.pixels_max = config.server.max_pixels;
    const auto decoded = decode(picture_bytes, limits);
    const Picture& picture = decoded.picture;
    ModelCheck check{.versions = {},
                     .crop_version = {},
                     .picture_width = picture.width,
                     .picture_height = picture.height,
                     .crops = {}};
    OpenVision vision;
    check.open_ms = milliseconds_of([&] { vision = open_vision(config); });
    Detections found;
    check.crop_ms = milliseconds_of([&] { found = vision.engine->crop(picture); });
    check.crop_version = found.version;
    if (found.found.empty())
        found.found.push_back({.box = {0, 0, picture.width, picture.height}, .score = 0.0, .category = {}});
    for (const Detection& detection : found.found) {
        CheckedCrop crop{.detection = detection, .labelled = {}};
        crop.label_ms = milliseconds_of([&] { crop.labelled = vision.engine->label(cut(picture, detection.box)); });
        crop.vector_length = length_of(crop.labelled.vector);
        check.crops.push_back(std::move(crop));
    }
    check.versions = vision.engine->versions();
    return check;
}

} // namespace vitrine
