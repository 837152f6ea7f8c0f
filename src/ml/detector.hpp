#pragma once

#include <string>
#include <vector>

#include <vitrine/box.hpp>

#include "images/picture.hpp"

namespace vitrine {

/// One thing found in a picture.
struct Detection {
    Box box;            ///< inside the picture
    double score = 0.0; ///< confidence in [0, 1]
    std::string category;
};

/// What was found in one picture, and by which model.
struct Detections {
    std::vector<Detection> found; ///< best first
    std::string version;          ///< of the model that answered: "builtin-crop 1"; never empty
};

/// Where are the things in this picture? The part of an engine that answers it; the others are Describer and Matcher.
/// Safe from any thread. Throws as VisionEngine does.
class Detector {
public:
    virtual ~Detector() = default;

    /// Of the model that would answer now; empty while that is not known: a server that was never reached. No I/O.
    [[nodiscard]] virtual std::string version() const = 0;

    /// `picture` has pixels.
    [[nodiscard]] virtual Detections detect(const Picture& picture) = 0;
};

} // namespace vitrine
