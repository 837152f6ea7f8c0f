#pragma once

#include <string>
#include <vector>

#include <vitrine/box.hpp>
#include <vitrine/image.hpp>
#include <vitrine/structured_label.hpp>

#include "core/local_features.hpp"
#include "images/picture.hpp"

namespace vitrine {

/// One thing found in a picture.
struct Detection {
    Box box;            ///< inside the picture
    double score = 0.0; ///< confidence in [0, 1]
    std::string category;
};

/// What one call says of one crop.
struct Labelled {
    StructuredLabel label;
    Embedding vector;       ///< the storage vector: unit length, `ModelVersions::dimensions` long
    LocalFeatures features; ///< may be empty: then nothing is verified geometrically
};

/// The versions whose results may be reused: an answer of the same version to the same pixels is the same.
struct ModelVersions {
    std::string crop;  ///< "builtin-crop 1"
    std::string label; ///< "builtin-label 1"
    std::string vector; ///< "builtin-vector 1"; vectors of two versions are never compared
    int dimensions = 0;
};

/// The three questions asked of machine learning: where are the things, what is this thing and which vector stands for
/// it, how well does a phrase fit a name. Every member is safe from any thread. All throw a retryable Error for
/// passing faults and Error(BadInput) for a picture that the engine refuses.
class VisionEngine {
public:
    virtual ~VisionEngine() = default;

    [[nodiscard]] virtual ModelVersions versions() const = 0;

    /// The things in the picture, best first; empty when nothing convincing was found (the pipeline then takes the whole
    /// picture).
    [[nodiscard]] virtual std::vector<Detection> crop(const Picture& picture) = 0;

    /// Label, storage vector and local features of one crop.
    [[nodiscard]] virtual Labelled label(const Picture& crop) = 0;

    /// How well each candidate phrase fits `target`, each in [0, 1].
    [[nodiscard]] virtual std::vector<double> match(const std::string& target,
                                                    const std::vector<std::string>& candidates) = 0;
};

} // namespace vitrine
