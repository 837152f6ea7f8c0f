#include "pipeline/crop_selection.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

void check(const Detection& detection, const PictureScale& scale) {
    const Box& box = detection.box;
    if (!box.fits(scale.decoded_width, scale.decoded_height) || !(detection.score >= 0.0 && detection.score <= 1.0)) {
        throw Error(
            ErrorCode::BadInput,
            fmt::format("The crop model answered the box {},{},{},{} with score {} for a picture of {}x{}; check the "
                        "model's configuration.",
                        box.x, box.y, box.w, box.h, detection.score, scale.decoded_width, scale.decoded_height));
    }
}

/// An interval [begin, begin + length) of `from` pixels as one of `to` pixels, at least one long.
std::pair<int, int> rescale(int begin, int length, int from, int to) {
    const double factor = static_cast<double>(to) / from;
    const int first = std::clamp(static_cast<int>(std::floor(begin * factor)), 0, to - 1);
    const int last = std::clamp(static_cast<int>(std::ceil((begin + length) * factor)), first + 1, to);
    return {first, last - first};
}

Box rescale(const Box& box, int from_width, int from_height, int to_width, int to_height) {
    const auto [x, w] = rescale(box.x, box.w, from_width, to_width);
    const auto [y, h] = rescale(box.y, box.h, from_height, to_height);
    return {x, y, w, h};
}

} // namespace

Box to_decoded(const Box& box, const PictureScale& scale) {
    return rescale(box, scale.full_width, scale.full_height, scale.decoded_width, scale.decoded_height);
}

std::vector<Detection> select_crops(const std::vector<Detection>& detections, const PictureScale& scale,
                                    const CropSelectionOptions& options) {
    std::vector<Detection> sorted = detections;
    for (const Detection& detection : sorted) check(detection, scale);
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.score > b.score; });

    const Box whole{0, 0, scale.decoded_width, scale.decoded_height};
    if (sorted.empty() || sorted.front().score < options.convincing_score) {
        const auto room = static_cast<std::size_t>(std::max(options.max_crops - 1, 0));
        if (sorted.size() > room) sorted.resize(room);
        sorted.push_back({.box = whole, .score = 0.0, .category = {}});
    }

    std::vector<Detection> kept;
    const double area_min = options.min_crop_fraction * static_cast<double>(whole.area());
    for (const Detection& detection : sorted) {
        if (static_cast<int>(kept.size()) >= options.max_crops) break;
        const auto same = [&](const Detection& other) {
            return intersection_over_union(other.box, detection.box) >= options.same_overlap;
        };
        if (static_cast<double>(detection.box.area()) < area_min || std::any_of(kept.begin(), kept.end(), same))
            continue;
        kept.push_back(detection);
    }
    if (kept.empty()) kept.push_back({.box = whole, .score = 0.0, .category = {}});
    for (Detection& crop : kept) {
        crop.box = rescale(crop.box, scale.decoded_width, scale.decoded_height, scale.full_width, scale.full_height);
    }
    return kept;
}

} // namespace vitrine
