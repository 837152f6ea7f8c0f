#include "ml/storage_vector.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "ml/foreground.hpp"

namespace vitrine {
namespace {

constexpr int hues = 16, saturations = 4, values = 4;

void to_unit(Embedding& vector) {
    double square = 0.0;
    for (const float value : vector) square += double{value} * value;
    const double length = std::sqrt(square);
    for (float& value : vector) {
        value = length > 0.0 ? static_cast<float>(value / length) : 1.0F / std::sqrt(static_cast<float>(vector.size()));
    }
}

} // namespace

Embedding storage_vector(const Picture& crop, const LocalFeatures& /*features*/) {
    const auto foreground = find_foreground(crop);
    const cv::Mat rgb(crop.height, crop.width, CV_8UC3, const_cast<std::uint8_t*>(crop.rgb.data()));
    cv::Mat small, hsv;
    cv::resize(rgb, small, {foreground.width, foreground.height}, 0, 0, cv::INTER_AREA);
    cv::cvtColor(small, hsv, cv::COLOR_RGB2HSV);
    Embedding vector(storage_vector_dimensions, 0.0F);
    for (int y = 0; y < hsv.rows; ++y) {
        for (int x = 0; x < hsv.cols; ++x) {
            if (!foreground.inside[std::size_t(y) * hsv.cols + x]) continue;
            const auto pixel = hsv.at<cv::Vec3b>(y, x);
            const int bin =
                (pixel[0] * hues / 180 * saturations + pixel[1] * saturations / 256) * values + pixel[2] * values / 256;
            vector[bin] += 1.0F;
        }
    }
    for (float& value : vector) value = std::sqrt(value);
    to_unit(vector);
    return vector;
}

} // namespace vitrine
