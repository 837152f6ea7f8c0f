#include "ml/sharpness.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace vitrine {

double sharpness(const Picture& picture, const Box& box) {
    constexpr double side_max = 256.0;
    const cv::Mat whole(picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data()));
    const cv::Mat part = whole(cv::Rect(box.x, box.y, box.w, box.h));
    const double factor = std::min(1.0, side_max / std::max(box.w, box.h));
    const cv::Size size(std::max(1, static_cast<int>(std::lround(box.w * factor))),
                        std::max(1, static_cast<int>(std::lround(box.h * factor))));
    cv::Mat small, grey, laplacian;
    cv::resize(part, small, size, 0, 0, cv::INTER_AREA);
    cv::cvtColor(small, grey, cv::COLOR_RGB2GRAY);
    cv::Laplacian(grey, laplacian, CV_16S); // exact: of bytes it is within 4 * 255
    cv::Scalar mean, deviation;
    cv::meanStdDev(laplacian, mean, deviation);
    return deviation[0] * deviation[0];
}

} // namespace vitrine
