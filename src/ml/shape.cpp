#include "ml/shape.hpp"

#include <array>
#include <cmath>
#include <numbers>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace vitrine {
namespace {

constexpr int side = 64;
constexpr int cells = 8;
constexpr int directions = 6;
constexpr int cell_side = side / cells;

struct Gradient {
    float strength = 0.0F;
    double direction = 0.0; ///< in bins, [0, directions): an edge has no front and back
};

Gradient strongest(const cv::Vec3f& dx, const cv::Vec3f& dy) {
    Gradient result;
    for (int channel = 0; channel < 3; ++channel) {
        const float strength = std::hypot(dx[channel], dy[channel]);
        if (strength <= result.strength) continue;
        const double angle = std::atan2(double{dy[channel]}, double{dx[channel]}) / std::numbers::pi;
        result = {strength, (angle - std::floor(angle)) * directions};
    }
    result.strength = std::sqrt(result.strength);
    return result;
}

cv::Mat smooth_square(const Picture& crop) {
    const cv::Mat rgb(crop.height, crop.width, CV_8UC3, const_cast<std::uint8_t*>(crop.rgb.data()));
    cv::Mat square, unit, lab, smooth;
    cv::resize(rgb, square, {side, side}, 0, 0, cv::INTER_AREA);
    square.convertTo(unit, CV_32FC3, 1.0 / 255.0);
    cv::cvtColor(unit, lab, cv::COLOR_RGB2Lab);
    cv::GaussianBlur(lab, smooth, {}, 1.0);
    return smooth;
}

} // namespace

std::vector<float> describe_shape(const Picture& crop) {
    const cv::Mat smooth = smooth_square(crop);
    cv::Mat along_x, along_y;
    cv::Sobel(smooth, along_x, CV_32F, 1, 0);
    cv::Sobel(smooth, along_y, CV_32F, 0, 1);
    std::vector<float> folded(shape_dimensions, 0.0F);
    const auto add = [&](int row, int column, int direction, double value) {
        // The right half's cells are those of the left half in a mirror, which turns directions round.
        const bool right = column >= cells / 2;
        const int folded_column = right ? cells - 1 - column : column;
        const int folded_direction = right ? (directions - direction) % directions : direction;
        folded[static_cast<std::size_t>((row * cells / 2 + folded_column) * directions + folded_direction)] +=
            static_cast<float>(value);
    };
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            const auto gradient = strongest(along_x.at<cv::Vec3f>(y, x), along_y.at<cv::Vec3f>(y, x));
            const int lower = static_cast<int>(gradient.direction) % directions;
            const double upper_share = gradient.direction - std::floor(gradient.direction);
            add(y / cell_side, x / cell_side, lower, gradient.strength * (1.0 - upper_share));
            add(y / cell_side, x / cell_side, (lower + 1) % directions, gradient.strength * upper_share);
        }
    }
    double square = 0.0;
    for (const float value : folded) square += double{value} * value;
    if (!(square > 0.0)) return folded;
    for (float& value : folded) value = static_cast<float>(std::sqrt(value / std::sqrt(square)));
    return folded;
}

} // namespace vitrine
