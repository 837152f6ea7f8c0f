#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <vitrine/box.hpp>
#include <vitrine/ids.hpp>
#include <vitrine/structured_label.hpp>
#include <vitrine/time.hpp>

namespace vitrine {

/// A vector that is stored and searched: float32 values of unit length (L2), all finite.
using Embedding = std::vector<float>;

/// One picture: an original, or a crop of one. Nothing on it says product or query.
///
/// An original is identified by the SHA-256 of its bytes, so the same bytes are stored and processed once. A crop has
/// no bytes of its own: it is its original plus a box, and is cut when somebody looks at it.
struct Image {
    ImageId id;
    std::optional<ImageId> original_id; ///< set for a crop
    std::optional<Box> box;             ///< set for a crop: where it lies in the upright original
    std::string sha256;                 ///< of the original's bytes, 64 hex digits; empty for a crop
    std::string media_type;             ///< of the original's bytes, told from content: "image/jpeg", …
    std::int64_t bytes = 0;             ///< size of the original's bytes; 0 for a crop
    int width = 0;                      ///< upright, in pixels
    int height = 0;
    std::string crop_model;  ///< original: the detector that cut it last; crop: the detector that found it
    double crop_score = 0.0; ///< crop: the detector's confidence, in [0, 1]
    std::optional<StructuredLabel> label; ///< a person's where one corrected it, else the model's
    bool label_by_person = false;
    std::string label_model;
    Embedding vector; ///< empty until labelled
    std::string vector_model;
    Timestamp created_at{};

    [[nodiscard]] bool is_crop() const noexcept { return original_id.has_value(); }
};

} // namespace vitrine
