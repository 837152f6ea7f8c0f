#include "pipeline/photo_search.hpp"

#include <algorithm>
#include <utility>

namespace vitrine {
namespace {

/// Whether the model's vectors have a mean to be taken off: the builtin engine does that while it makes them.
bool has_common_mean(const std::string& vector_model) {
    return !vector_model.starts_with("builtin-vector");
}

/// The crop that stands for its photo in the mean of photos: parts of photos have another mean, and mixing the two
/// makes either worse (docs/decisions/means-are-removed.md).
const Image& largest_of(const std::vector<Image>& crops) {
    return *std::max_element(crops.begin(), crops.end(),
                             [](const Image& a, const Image& b) { return a.box->area() < b.box->area(); });
}

} // namespace

PhotoSearch::PhotoSearch(const PipelineParts& parts, const QuerySubject& subject, const std::vector<Image>& crops,
                         std::vector<std::shared_ptr<const LocalFeatures>> features)
    : parts_(parts), crops_(crops), features_(std::move(features)) {
    options_.scope = subject.scope;
    options_.score_min = subject.score_min;
    options_.matches_max = std::max(options_.matches_max, subject.top);
    const std::string& model = crops.front().vector_model;
    if (!has_common_mean(model)) return;
    asked_.push_back(largest_of(crops).vector);
    options_.means = parts.candidates.means_of(model, asked_);
}

std::vector<std::vector<VectorHit>> PhotoSearch::hits() const {
    return search_crops(crops_, parts_.vectors, parts_.candidates, options_);
}

std::vector<CropMatches> PhotoSearch::matches(const std::vector<std::vector<VectorHit>>& hits) const {
    return match_crops(crops_, hits, parts_.candidates, options_, features_);
}

} // namespace vitrine
