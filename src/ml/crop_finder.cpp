#include "ml/crop_finder.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "ml/foreground.hpp"
#include "ml/panel_finder.hpp"

namespace vitrine {
namespace {

/// A box of the mask in pixels of the picture, with a little air round it.
Box to_picture(const cv::Rect& rect, const Foreground& foreground, const Picture& picture) {
    const double sx = static_cast<double>(picture.width) / foreground.width;
    const double sy = static_cast<double>(picture.height) / foreground.height;
    const double air = 0.02 * std::max(rect.width, rect.height);
    const int left = std::clamp(static_cast<int>(std::floor((rect.x - air) * sx)), 0, picture.width - 1);
    const int top = std::clamp(static_cast<int>(std::floor((rect.y - air) * sy)), 0, picture.height - 1);
    const int right = std::clamp(static_cast<int>(std::ceil((rect.br().x + air) * sx)), left + 1, picture.width);
    const int bottom = std::clamp(static_cast<int>(std::ceil((rect.br().y + air) * sy)), top + 1, picture.height);
    return {left, top, right - left, bottom - top};
}

Box middle_of(const Picture& picture, double share) {
    const int w = std::max(1, static_cast<int>(picture.width * share));
    const int h = std::max(1, static_cast<int>(picture.height * share));
    return {(picture.width - w) / 2, (picture.height - h) / 2, w, h};
}

std::vector<Detection> separate_things(const Picture& picture, const Foreground& foreground,
                                       const CropFinderOptions& options) {
    const cv::Mat inside(foreground.height, foreground.width, CV_8U,
                         const_cast<std::uint8_t*>(foreground.inside.data()));
    // Thin gaps are parts of one thing: a handle, a strap, a print that reaches the edge.
    const int reach = std::max(1, static_cast<int>(0.012 * std::max(inside.cols, inside.rows)));
    const cv::Mat kernel = cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * reach + 1, 2 * reach + 1});
    cv::Mat joined;
    cv::morphologyEx(inside, joined, cv::MORPH_CLOSE, kernel);
    cv::Mat labels, stats, centroids;
    const int count = cv::connectedComponentsWithStats(joined, labels, stats, centroids);
    std::vector<Detection> things;
    for (int i = 1; i < count; ++i) {
        const double area = stats.at<int>(i, cv::CC_STAT_AREA) / static_cast<double>(inside.total());
        if (area < options.area_share_min) continue;
        const cv::Rect rect(stats.at<int>(i, cv::CC_STAT_LEFT), stats.at<int>(i, cv::CC_STAT_TOP),
                            stats.at<int>(i, cv::CC_STAT_WIDTH), stats.at<int>(i, cv::CC_STAT_HEIGHT));
        things.push_back({to_picture(rect, foreground, picture), 0.5 + 0.45 * std::sqrt(area), ""});
    }
    return things;
}

/// The panels of a collage. On a plain ground each must be filled: what leaves ground around it is a thing with a
/// straight edge.
std::vector<Detection> separate_pictures(const Picture& picture, const Foreground& foreground,
                                         const CropFinderOptions& options) {
    constexpr double filled_min = 0.9;
    std::vector<Detection> found;
    const cv::Mat inside(foreground.height, foreground.width, CV_8U,
                         const_cast<std::uint8_t*>(foreground.inside.data()));
    for (const auto& panel : find_panels(picture, options.boxes_max)) {
        const double sx = static_cast<double>(foreground.width) / picture.width;
        const double sy = static_cast<double>(foreground.height) / picture.height;
        const cv::Rect cell(static_cast<int>(panel.x * sx), static_cast<int>(panel.y * sy),
                            std::max(1, static_cast<int>(panel.w * sx)), std::max(1, static_cast<int>(panel.h * sy)));
        const cv::Mat part = inside(cell & cv::Rect(0, 0, inside.cols, inside.rows));
        if (foreground.plain && cv::countNonZero(part) < filled_min * static_cast<double>(part.total())) return {};
        found.push_back({panel, 0.6, ""});
    }
    return found;
}

std::vector<Detection> without_near_duplicates(std::vector<Detection> found, const CropFinderOptions& options) {
    std::ranges::stable_sort(found, [](const Detection& a, const Detection& b) { return a.score > b.score; });
    std::vector<Detection> kept;
    for (auto& detection : found) {
        const bool known = std::ranges::any_of(kept, [&](const Detection& other) {
            return intersection_over_union(other.box, detection.box) > options.merge_overlap;
        });
        if (!known && static_cast<int>(kept.size()) < options.boxes_max) kept.push_back(std::move(detection));
    }
    return kept;
}

} // namespace

std::vector<Detection> find_crops(const Picture& picture, const CropFinderOptions& options) {
    if (picture.width <= 0 || picture.height <= 0) return {};
    const auto foreground = find_foreground(picture);
    auto found = separate_pictures(picture, foreground, options);
    if (!found.empty()) return found;
    if (foreground.simple) found = separate_things(picture, foreground, options);
    if (found.empty()) found.push_back({middle_of(picture, 0.6), 0.25, ""});
    // Before a plain background the things are all there is; otherwise the outlines may be wrong.
    if (!foreground.plain || found.front().score < 0.5) found.push_back({middle_of(picture, 1.0), 0.3, ""});
    return without_near_duplicates(std::move(found), options);
}

} // namespace vitrine
