#include "ml/input_tensor.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

/// Where a picture of that size lies in the input, in the input's pixels.
cv::Rect area_for(const Box& box, const InputSpec& spec) {
    if (spec.resize == InputSpec::Resize::Stretch) return {0, 0, spec.width, spec.height};
    const double factor = std::min(static_cast<double>(spec.width) / box.w, static_cast<double>(spec.height) / box.h);
    const int w = std::clamp(static_cast<int>(std::lround(box.w * factor)), 1, spec.width);
    const int h = std::clamp(static_cast<int>(std::lround(box.h * factor)), 1, spec.height);
    return {(spec.width - w) / 2, (spec.height - h) / 2, w, h};
}

/// Bilinear, as the networks were fed in training; much smaller is made by averaging, so that no fine print aliases.
cv::Mat resized(const cv::Mat& part, cv::Size size) {
    const bool much_smaller = part.cols > 2 * size.width || part.rows > 2 * size.height;
    cv::Mat result;
    cv::resize(part, result, size, 0, 0, much_smaller ? cv::INTER_AREA : cv::INTER_LINEAR);
    return result;
}

} // namespace

Placement write_input(const Picture& picture, const Box& box, const InputSpec& spec, std::span<float> out) {
    const auto plane = static_cast<std::size_t>(spec.width) * static_cast<std::size_t>(spec.height);
    if (!box.fits(picture.width, picture.height)) {
        throw Error(ErrorCode::BadInput, "A box outside its picture was to be looked at.");
    }
    if (out.size() != 3 * plane) throw Error(ErrorCode::Internal, "A network's input has another size than its model.");
    const cv::Mat whole(picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data()));
    const cv::Rect area = area_for(box, spec);
    const cv::Mat part = resized(whole(cv::Rect(box.x, box.y, box.w, box.h)), area.size());
    for (int channel = 0; channel < 3; ++channel) {
        const auto c = static_cast<std::size_t>(channel);
        const auto of_picture = spec.blue_first ? 2 - channel : channel;
        const auto mean = static_cast<float>(spec.mean[c]);
        const auto scale = static_cast<float>(spec.scale[c]);
        const auto target = out.subspan(c * plane, plane);
        if (area.width != spec.width || area.height != spec.height)
            std::ranges::fill(target, (static_cast<float>(spec.fill) - mean) * scale);
        for (int y = 0; y < area.height; ++y) {
            const std::uint8_t* from = part.ptr<std::uint8_t>(y) + of_picture;
            float* to = target.data() + std::size_t(area.y + y) * std::size_t(spec.width) + std::size_t(area.x);
            for (int x = 0; x < area.width; ++x) to[x] = (static_cast<float>(from[3 * x]) - mean) * scale;
        }
    }
    return {static_cast<double>(area.x) / spec.width, static_cast<double>(area.y) / spec.height,
            static_cast<double>(area.width) / spec.width, static_cast<double>(area.height) / spec.height};
}

Box to_picture_box(const RawDetection& box, const Placement& placement, int picture_width, int picture_height) {
    const auto pixel = [](double part, double begin, double length, int pixels) {
        return std::clamp((part - begin) / length, 0.0, 1.0) * pixels;
    };
    const double left = std::floor(pixel(box.left, placement.left, placement.width, picture_width));
    const double right = std::ceil(pixel(box.right, placement.left, placement.width, picture_width));
    const double top = std::floor(pixel(box.top, placement.top, placement.height, picture_height));
    const double bottom = std::ceil(pixel(box.bottom, placement.top, placement.height, picture_height));
    if (!(right > left && bottom > top)) return {};
    return {static_cast<int>(left), static_cast<int>(top), static_cast<int>(right - left),
            static_cast<int>(bottom - top)};
}

} // namespace vitrine
