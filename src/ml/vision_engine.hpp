#pragma once

#include <string>
#include <vector>

#include <vitrine/image.hpp>
#include <vitrine/structured_label.hpp>

#include "core/local_features.hpp"
#include "images/picture.hpp"
#include "ml/detector.hpp"

namespace vitrine {

/// What is said of one crop, and which models said it.
struct Labelled {
    StructuredLabel label;
    std::string label_version;  ///< never empty
    Embedding vector;           ///< the storage vector: unit length
    std::string vector_version; ///< never empty; vectors of one version have one length
    LocalFeatures features;     ///< may be empty: then nothing is verified geometrically
};

/// The versions whose results may be reused: an answer of the same version to the same pixels is the same. Each is
/// empty while it is not known: of a model server that was never reached. What is stored bears the version that came
/// with it.
struct ModelVersions {
    std::string crop;   ///< "builtin-crop 1"
    std::string label;  ///< "builtin-label 1"
    std::string vector; ///< "builtin-vector 1"; vectors of two versions are never compared
    int dimensions = 0; ///< of the vector; 0 while not known

    /// Whether these models made a crop's label and vector. A version that is not known made nothing.
    [[nodiscard]] bool made(const std::string& label_model, const std::string& vector_model) const noexcept {
        return !label.empty() && !vector.empty() && label == label_model && vector == vector_model;
    }

    friend bool operator==(const ModelVersions&, const ModelVersions&) = default;
};

/// The three questions asked of machine learning: where are the things, what is this thing and which vector stands for
/// it, how well does a phrase fit a name. Every member is safe from any thread. All throw a retryable Error for
/// passing faults and Error(BadInput) for a picture that the engine refuses or an answer that nobody can use.
class VisionEngine {
public:
    virtual ~VisionEngine() = default;

    /// What would answer now. No I/O.
    [[nodiscard]] virtual ModelVersions versions() const = 0;

    /// The things in the picture, best first; empty when nothing convincing was found (the pipeline then takes the
    /// whole picture).
    [[nodiscard]] virtual Detections crop(const Picture& picture) = 0;

    /// Label, storage vector and local features of one crop.
    [[nodiscard]] virtual Labelled label(const Picture& crop) = 0;

    /// How well each candidate phrase fits `target`, each in [0, 1].
    [[nodiscard]] virtual std::vector<double> match(const std::string& target,
                                                    const std::vector<std::string>& candidates) = 0;
};

} // namespace vitrine
