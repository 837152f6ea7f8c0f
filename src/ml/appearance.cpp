#include "ml/appearance.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace vitrine {
namespace {

constexpr int side_max = 128;
constexpr float chroma_max = 90.0F;  ///< of a and b; the few colours beyond fall into the outermost bins
constexpr double middle_sigma = 0.2; ///< of the weight of pixels without outline, as a part of each side

struct Sample {
    cv::Mat lab;    ///< CV_32FC3
    cv::Mat weight; ///< CV_32F
};

cv::Mat middle_weight(const cv::Size& size) {
    cv::Mat weight(size, CV_32F);
    for (int y = 0; y < size.height; ++y) {
        const double dy = (y + 0.5) / size.height - 0.5;
        for (int x = 0; x < size.width; ++x) {
            const double dx = (x + 0.5) / size.width - 0.5;
            const double distance = dx * dx + dy * dy;
            weight.at<float>(y, x) = static_cast<float>(std::exp(-distance / (2.0 * middle_sigma * middle_sigma)));
        }
    }
    return weight;
}

cv::Mat mask_weight(const Foreground& foreground, const cv::Size& size) {
    const cv::Mat inside(foreground.height, foreground.width, CV_8U,
                         const_cast<std::uint8_t*>(foreground.inside.data()));
    cv::Mat share, weight;
    inside.convertTo(share, CV_32F);
    cv::resize(share, weight, size, 0, 0, cv::INTER_AREA);
    weight.setTo(0.0, weight < 0.5);
    return cv::countNonZero(weight) > 0 ? weight : cv::Mat(size, CV_32F, cv::Scalar(1.0));
}

Sample sample_of(const Picture& crop, const Foreground& foreground) {
    const cv::Mat rgb(crop.height, crop.width, CV_8UC3, const_cast<std::uint8_t*>(crop.rgb.data()));
    const double scale = std::min(1.0, static_cast<double>(side_max) / std::max(crop.width, crop.height));
    const cv::Size size(std::max(1, static_cast<int>(std::lround(crop.width * scale))),
                        std::max(1, static_cast<int>(std::lround(crop.height * scale))));
    cv::Mat reduced, unit;
    cv::resize(rgb, reduced, size, 0, 0, cv::INTER_AREA);
    reduced.convertTo(unit, CV_32FC3, 1.0 / 255.0);
    Sample sample;
    cv::cvtColor(unit, sample.lab, cv::COLOR_RGB2Lab);
    sample.weight = foreground.plain ? mask_weight(foreground, size) : middle_weight(size);
    return sample;
}

/// A value's two nearest bins of `count` over [low, high], and the share of the upper one.
struct SoftBin {
    int lower = 0;
    float upper_share = 0.0F;
};

SoftBin soft_bin(float value, float low, float high, int count) {
    const float place = std::clamp((value - low) / (high - low), 0.0F, 1.0F) * static_cast<float>(count - 1);
    const int lower = std::min(static_cast<int>(place), count - 2);
    return {lower, place - static_cast<float>(lower)};
}

struct ColourBins {
    int lightness;
    int chroma;
};

void add_colour(std::span<float> histogram, const ColourBins& bins, const cv::Vec3f& lab, float weight) {
    const auto l = soft_bin(lab[0], 0.0F, 100.0F, bins.lightness);
    const auto a = soft_bin(lab[1], -chroma_max, chroma_max, bins.chroma);
    const auto b = soft_bin(lab[2], -chroma_max, chroma_max, bins.chroma);
    for (int corner = 0; corner < 8; ++corner) {
        const int dl = corner & 1, da = (corner >> 1) & 1, db = corner >> 2;
        const float share = (dl ? l.upper_share : 1 - l.upper_share) * (da ? a.upper_share : 1 - a.upper_share) *
                            (db ? b.upper_share : 1 - b.upper_share);
        histogram[((l.lower + dl) * bins.chroma + a.lower + da) * bins.chroma + b.lower + db] += weight * share;
    }
}

void to_shares(std::span<float> histogram) {
    float sum = 0.0F;
    for (const float value : histogram) sum += value;
    if (!(sum > 0.0F)) return;
    for (float& value : histogram) value /= sum;
}

void count_colours(const Sample& sample, std::span<float> colours, std::span<float> layout) {
    const auto half = layout.size() / 2;
    for (int y = 0; y < sample.lab.rows; ++y) {
        const auto part = layout.subspan(2 * y < sample.lab.rows ? 0 : half, half);
        for (int x = 0; x < sample.lab.cols; ++x) {
            const float weight = sample.weight.at<float>(y, x);
            if (weight <= 0.0F) continue;
            add_colour(colours, {6, 8}, sample.lab.at<cv::Vec3f>(y, x), weight);
            add_colour(part, {4, 5}, sample.lab.at<cv::Vec3f>(y, x), weight);
        }
    }
    to_shares(colours);
    to_shares(layout.subspan(0, half));
    to_shares(layout.subspan(half));
}

/// The thing without its rim, whose gradient is the background's doing.
cv::Mat inner_weight(const Sample& sample, bool plain) {
    if (!plain) return sample.weight;
    cv::Mat inner;
    cv::erode(sample.weight, inner, cv::Mat::ones(5, 5, CV_8U), {-1, -1}, 1, cv::BORDER_CONSTANT, cv::Scalar(0));
    return cv::countNonZero(inner) > 50 ? inner : sample.weight;
}

void count_gradients(const Sample& sample, bool plain, std::span<float> gradients) {
    constexpr int bins = 8;
    const cv::Mat weight = inner_weight(sample, plain);
    std::size_t offset = 0;
    for (const int sigma : {1, 2, 4}) {
        cv::Mat smooth, along_x, along_y;
        cv::GaussianBlur(sample.lab, smooth, {}, sigma);
        cv::Sobel(smooth, along_x, CV_32F, 1, 0, 3, sigma / 8.0);
        cv::Sobel(smooth, along_y, CV_32F, 0, 1, 3, sigma / 8.0);
        for (int channel = 0; channel < 3; ++channel, offset += bins) {
            const auto histogram = gradients.subspan(offset, bins);
            for (int y = 0; y < smooth.rows; ++y) {
                for (int x = 0; x < smooth.cols; ++x) {
                    const float dx = along_x.at<cv::Vec3f>(y, x)[channel];
                    const float dy = along_y.at<cv::Vec3f>(y, x)[channel];
                    const float strength = std::log1p(std::sqrt(dx * dx + dy * dy));
                    const auto bin = soft_bin(strength, 0.0F, channel == 0 ? 3.5F : 2.5F, bins);
                    histogram[bin.lower] += weight.at<float>(y, x) * (1 - bin.upper_share);
                    histogram[bin.lower + 1] += weight.at<float>(y, x) * bin.upper_share;
                }
            }
            to_shares(histogram);
        }
    }
}

} // namespace

Appearance describe_appearance(const Picture& crop, const Foreground& foreground) {
    const Sample sample = sample_of(crop, foreground);
    Appearance result{foreground.plain, std::vector<float>(appearance_dimensions, 0.0F)};
    const std::span<float> all(result.values);
    const auto gradients = all.subspan(colour_dimensions + layout_dimensions);
    count_colours(sample, all.subspan(0, colour_dimensions), all.subspan(colour_dimensions, layout_dimensions));
    count_gradients(sample, foreground.plain, gradients);
    for (float& value : all.subspan(0, colour_dimensions + layout_dimensions)) value = std::sqrt(std::sqrt(value));
    for (float& value : gradients) value = std::sqrt(value);
    return result;
}

} // namespace vitrine
