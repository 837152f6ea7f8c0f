#include "ml/feature_extractor.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <opencv2/core.hpp>
#include <opencv2/features2d.hpp>
#include <opencv2/imgproc.hpp>

namespace vitrine {
namespace {

double working_scale(const Picture& crop, const FeatureOptions& options) {
    const double wanted = static_cast<double>(options.side) / std::max(crop.width, crop.height);
    return std::min(wanted, options.enlarge_max);
}

cv::Mat grey_at(const Picture& crop, double scale) {
    const cv::Mat rgb(crop.height, crop.width, CV_8UC3, const_cast<std::uint8_t*>(crop.rgb.data()));
    cv::Mat grey;
    cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
    const cv::Size size(std::max(1, static_cast<int>(std::lround(crop.width * scale))),
                        std::max(1, static_cast<int>(std::lround(crop.height * scale))));
    cv::Mat sized;
    cv::resize(grey, sized, size, 0, 0, scale < 1.0 ? cv::INTER_AREA : cv::INTER_CUBIC);
    return sized;
}

/// RootSIFT: the L1-normalised histogram's square roots, whose dot product is the Hellinger kernel. One byte holds
/// [0, 0.5): a dimension of a unit vector of 128 hardly ever exceeds that.
std::array<std::uint8_t, LocalFeature::dimensions> root(const float* sift) {
    const float sum = std::accumulate(sift, sift + LocalFeature::dimensions, 0.0F);
    std::array<std::uint8_t, LocalFeature::dimensions> result{};
    for (int i = 0; i < LocalFeature::dimensions; ++i) {
        const float value = std::sqrt(sift[i] / std::max(sum, 1e-6F));
        result[i] = static_cast<std::uint8_t>(std::min(255.0F, std::round(512.0F * value)));
    }
    return result;
}

} // namespace

LocalFeatures extract_features(const Picture& crop, const FeatureOptions& options) {
    const double scale = working_scale(crop, options);
    const cv::Mat grey = grey_at(crop, scale);
    // Fewer pixels have no neighbourhood to describe, and SIFT's pyramid needs some to stand on.
    if (std::min(grey.cols, grey.rows) < 12) return {};
    std::vector<cv::KeyPoint> keypoints;
    cv::Mat descriptors;
    cv::SIFT::create(options.features_max, 3, 0.02, 10.0)
        ->detectAndCompute(grey, cv::noArray(), keypoints, descriptors);
    std::vector<int> order(keypoints.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, [&](int a, int b) { return keypoints[a].response > keypoints[b].response; });
    LocalFeatures features;
    for (const int i : order) {
        if (static_cast<int>(features.size()) == options.features_max) break;
        const auto& point = keypoints[i];
        const auto unscaled = static_cast<float>(1.0 / scale);
        features.push_back({point.pt.x * unscaled, point.pt.y * unscaled, point.size * unscaled,
                            std::fmod(point.angle + 360.0F, 360.0F), root(descriptors.ptr<float>(i))});
    }
    return features;
}

} // namespace vitrine
