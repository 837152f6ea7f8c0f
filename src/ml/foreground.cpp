#include "ml/foreground.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace vitrine {
namespace {

constexpr double border_share_min = 0.7; ///< of the border that must be of one colour
constexpr double tolerance_min = 5.0;    ///< in L*a*b*: JPEG's own noise on a white background
constexpr double tolerance_max = 16.0;

cv::Mat small_lab(const Picture& picture) {
    const cv::Mat rgb(picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data()));
    const double scale = std::min(1.0, double{Foreground::side_max} / std::max(picture.width, picture.height));
    const cv::Size size(std::max(1, static_cast<int>(std::lround(picture.width * scale))),
                        std::max(1, static_cast<int>(std::lround(picture.height * scale))));
    cv::Mat reduced;
    cv::resize(rgb, reduced, size, 0, 0, cv::INTER_AREA);
    cv::Mat scaled;
    reduced.convertTo(scaled, CV_32FC3, 1.0 / 255.0);
    cv::Mat lab;
    cv::cvtColor(scaled, lab, cv::COLOR_RGB2Lab);
    return lab;
}

std::vector<cv::Point> border_of(const cv::Mat& lab) {
    std::vector<cv::Point> border;
    for (int x = 0; x < lab.cols; ++x) {
        border.emplace_back(x, 0);
        border.emplace_back(x, lab.rows - 1);
    }
    for (int y = 1; y < lab.rows - 1; ++y) {
        border.emplace_back(0, y);
        border.emplace_back(lab.cols - 1, y);
    }
    return border;
}

float distance(const cv::Vec3f& a, const cv::Vec3f& b) {
    // Lightness counts half: a plain wall or table has shadows and a lamp's gradient, but one hue.
    const float dl = 0.5F * (a[0] - b[0]);
    const float da = a[1] - b[1];
    const float db = a[2] - b[2];
    return std::sqrt(dl * dl + da * da + db * db);
}

/// The middle one of the values; they must not be empty.
float median(std::vector<float> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

struct Background {
    cv::Vec3f colour;
    float tolerance = 0.0F;
    bool plain = false;
};

Background background_of(const cv::Mat& lab, const std::vector<cv::Point>& border) {
    Background result;
    for (int channel = 0; channel < 3; ++channel) {
        std::vector<float> values;
        values.reserve(border.size());
        for (const auto& point : border) values.push_back(lab.at<cv::Vec3f>(point)[channel]);
        result.colour[channel] = median(std::move(values));
    }
    std::vector<float> distances;
    distances.reserve(border.size());
    for (const auto& point : border) distances.push_back(distance(lab.at<cv::Vec3f>(point), result.colour));
    result.tolerance = static_cast<float>(std::clamp(4.0 * median(distances), tolerance_min, tolerance_max));
    const auto near = std::ranges::count_if(distances, [&](float d) { return d <= result.tolerance; });
    result.plain = static_cast<double>(near) >= border_share_min * static_cast<double>(border.size());
    return result;
}

/// Everything that the border's colour reaches without crossing another colour; 255 where it is.
cv::Mat flood(const cv::Mat& lab, const std::vector<cv::Point>& border, const Background& background) {
    cv::Mat alike(lab.size(), CV_8U);
    for (int y = 0; y < lab.rows; ++y) {
        for (int x = 0; x < lab.cols; ++x) {
            const bool near = distance(lab.at<cv::Vec3f>(y, x), background.colour) <= background.tolerance;
            alike.at<std::uint8_t>(y, x) = near ? 1 : 0;
        }
    }
    for (const auto& point : border) {
        if (alike.at<std::uint8_t>(point) == 1) cv::floodFill(alike, point, 255);
    }
    return alike == 255;
}

} // namespace

Foreground find_foreground(const Picture& picture) {
    const cv::Mat lab = small_lab(picture);
    Foreground result;
    result.width = lab.cols;
    result.height = lab.rows;
    const auto border = border_of(lab);
    const auto background = background_of(lab, border);
    cv::Mat outside = cv::Mat::zeros(lab.size(), CV_8U);
    if (background.plain) outside = flood(lab, border, background);
    const cv::Mat inside = outside == 0;
    result.share = static_cast<double>(cv::countNonZero(inside)) / static_cast<double>(inside.total());
    // A picture that is all background shows nothing that could be told from it: then all of it counts.
    result.plain = background.plain && result.share > 0.002;
    if (!result.plain) result.share = 1.0;
    result.inside.assign(inside.total(), 1);
    if (result.plain) {
        std::transform(inside.begin<std::uint8_t>(), inside.end<std::uint8_t>(), result.inside.begin(),
                       [](std::uint8_t value) { return std::uint8_t(value ? 1 : 0); });
    }
    return result;
}

} // namespace vitrine
