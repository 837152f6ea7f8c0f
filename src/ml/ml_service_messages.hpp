#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <vitrine/image.hpp>
#include <vitrine/structured_label.hpp>

#include "ml/detector.hpp"
#include "ml/known_model.hpp"

// The ml_service contract's messages (docs/models.md). Answers come from anywhere: each function throws
// Error(Unavailable) for what is no JSON and Error(BadInput) with a clause for what cannot be used.

namespace vitrine::ml_service {

/// So many boxes of an answer are looked at, the best first; a model that finds more in one picture has found nothing.
constexpr std::size_t boxes_max = 300;

/// The answer to /v1/crop for a picture of that size. A box must lie inside the picture, but for less than a pixel of
/// rounding; of a score outside [0, 1] nothing is used.
Detections detections_from(std::string_view body, int width, int height);

/// The answer to /v1/label; label and vector are there where they were wanted.
struct LabelAnswer {
    std::string model;
    std::optional<StructuredLabel> label; ///< cleaned
    std::optional<Embedding> vector;      ///< of unit length
};
LabelAnswer label_from(std::string_view body, bool label_wanted, bool vector_wanted);

/// The body of a request to /v1/match, and the scores of its answer, one in [0, 1] for each of `count` candidates.
std::string match_request(const std::string& target, const std::vector<std::string>& candidates);
std::vector<double> scores_from(std::string_view body, std::size_t count);

/// The answer of /healthz.
ModelIdentity health_from(std::string_view body);

} // namespace vitrine::ml_service
