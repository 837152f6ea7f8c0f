#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <vitrine/config.hpp>

#include "ml/vision_engine.hpp"

namespace vitrine {

/// One crop that the configured engine found in a picture, and what it says of it.
struct CheckedCrop {
    Detection detection;
    Labelled labelled;
    double vector_length = 0.0; ///< should be 1
    double label_ms = 0.0;
};

struct ModelCheck {
    ModelVersions versions;
    std::string crop_version;
    int picture_width = 0; ///< as decoded
    int picture_height = 0;
    double open_ms = 0.0; ///< loading and warming up
    double crop_ms = 0.0;
    std::vector<CheckedCrop> crops; ///< as the detector found them; the whole picture when it found nothing
};

/// Opens the engine of [ml] and runs it on one picture, as a query would. Nothing is stored. Throws what opening the
/// engine, decoding and the engine throw.
ModelCheck check_models(const Config& config, std::string_view picture_bytes);

} // namespace vitrine
