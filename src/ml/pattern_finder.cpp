#include "ml/pattern_finder.hpp"

#include <algorithm>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace vitrine {
namespace {

constexpr int side_max = 128;
constexpr int side_min = 32;

/// The middle three fifths, where the thing itself is, not its outline.
cv::Mat middle_in_grey(const Picture& picture) {
    const cv::Mat rgb(picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data()));
    const cv::Rect middle(rgb.cols / 5, rgb.rows / 5, rgb.cols * 3 / 5, rgb.rows * 3 / 5);
    if (std::min(middle.width, middle.height) < side_min) return {};
    const double scale = std::min(1.0, double{side_max} / std::max(middle.width, middle.height));
    cv::Mat reduced;
    cv::resize(rgb(middle), reduced, {}, scale, scale, cv::INTER_AREA);
    cv::Mat grey;
    cv::cvtColor(reduced, grey, cv::COLOR_RGB2GRAY);
    return grey;
}

} // namespace

FoundPattern find_pattern(const Picture& picture) {
    const cv::Mat grey = middle_in_grey(picture);
    if (grey.empty() || std::min(grey.cols, grey.rows) < side_min / 2) return {};
    cv::Scalar mean;
    cv::Scalar deviation;
    cv::Mat detail;
    cv::Mat smooth;
    cv::GaussianBlur(grey, smooth, {}, 8);
    cv::absdiff(grey, smooth, detail);
    const double busy = static_cast<double>(cv::countNonZero(detail > 12)) / static_cast<double>(detail.total());
    if (busy < 0.02) return {"plain", 0.6};
    return {};
}

} // namespace vitrine
