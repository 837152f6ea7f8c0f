#include "pipeline/crop_selection.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

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

void become_whole(Box& box, const Box& whole, double overlap_min) {
    if (static_cast<double>(box.area()) >= overlap_min * static_cast<double>(whole.area())) box = whole;
}

/// Takes out what shows too little to be described.
void keep_worthy(std::vector<Detection>& detections, const Box& whole, const PictureScale& scale,
                 const CropSelectionOptions& options, LeftOut& left_out) {
    const double area_min = options.min_crop_fraction * static_cast<double>(whole.area());
    std::map<Box, double> sharpness;
    double sharpest = 0.0;
    for (const Detection& detection : detections) {
        if (!options.sharpness || detections.size() < 2) break; // beside no other a box is never blurred
        sharpest = std::max(sharpest, sharpness[detection.box] = options.sharpness(detection.box));
    }
    const double sharpness_min = std::min(options.sharpness_min, options.sharpness_share_min * sharpest);
    std::erase_if(detections, [&](const Detection& detection) {
        const Box& box = detection.box;
        if (box == whole) return false; // there is no better one
        const Box in_file =
            rescale(box, scale.decoded_width, scale.decoded_height, scale.full_width, scale.full_height);
        if (static_cast<double>(box.area()) < area_min || std::min(in_file.w, in_file.h) < options.side_min) {
            ++left_out.small;
            return true;
        }
        if (const auto known = sharpness.find(box); known != sharpness.end() && known->second < sharpness_min) {
            ++left_out.blurred;
            return true;
        }
        return false;
    });
}

Box padded_by(const Box& box, double padding, const Box& whole) {
    const auto air = [padding](int side) { return static_cast<int>(std::lround(padding * side)); };
    return intersection({box.x - air(box.w), box.y - air(box.h), box.w + 2 * air(box.w), box.h + 2 * air(box.h)},
                        whole);
}

} // namespace

std::string LeftOut::sentence() const {
    std::vector<std::string> parts;
    const auto add = [&parts](int count, std::string_view why) {
        if (count > 0) parts.push_back(fmt::format("{} {}", count, why));
    };
    add(small, "too small");
    add(blurred, "too blurred");
    add(repeated, "nearly the same as another");
    if (parts.empty()) return {};
    return fmt::format("Boxes that did not become crops: {}.", fmt::join(parts, ", "));
}

Box to_decoded(const Box& box, const PictureScale& scale) {
    return rescale(box, scale.full_width, scale.full_height, scale.decoded_width, scale.decoded_height);
}

SelectedCrops select_crops(const std::vector<Detection>& detections, const PictureScale& scale,
                           const CropSelectionOptions& options) {
    std::vector<Detection> sorted = detections;
    for (const Detection& detection : sorted) check(detection, scale);
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.score > b.score; });

    SelectedCrops result;
    const Box whole{0, 0, scale.decoded_width, scale.decoded_height};
    for (Detection& detection : sorted) become_whole(detection.box, whole, options.whole_overlap);
    keep_worthy(sorted, whole, scale, options, result.left_out);
    if (sorted.empty() || sorted.front().score < options.convincing_score) {
        const auto room = static_cast<std::size_t>(std::max(options.max_crops - 1, 0));
        if (sorted.size() > room) {
            result.left_out.too_many += static_cast<int>(sorted.size() - room);
            sorted.resize(room);
        }
        sorted.push_back({.box = whole, .score = 0.0, .category = {}});
    }
    for (const Detection& detection : sorted) {
        const auto same = [&](const Detection& other) {
            return intersection_over_union(other.box, detection.box) >= options.same_overlap;
        };
        if (std::any_of(result.crops.begin(), result.crops.end(), same))
            result.left_out.repeated += detection.score > 0.0 ? 1 : 0;
        else if (static_cast<int>(result.crops.size()) >= options.max_crops)
            ++result.left_out.too_many;
        else
            result.crops.push_back(detection);
    }
    for (Detection& crop : result.crops) {
        const Box padded = padded_by(crop.box, options.padding, whole);
        crop.box = rescale(padded, scale.decoded_width, scale.decoded_height, scale.full_width, scale.full_height);
    }
    return result;
}

} // namespace vitrine
