#include "ml/pattern_finder.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "ml/foreground.hpp"

namespace vitrine {
namespace {

constexpr int side = 128; // of the patch that is judged, in pixels
constexpr int patch_min = 48;
constexpr double thing_share_min = 0.9;   // of the patch
constexpr double plain_detail_max = 12.0; // standard deviation over three channels; soft folds have this much
constexpr double pattern_detail_min = 7.0;

double thing_share(const Foreground& foreground, const cv::Rect2d& part) {
    const int left = static_cast<int>(part.x * foreground.width);
    const int top = static_cast<int>(part.y * foreground.height);
    const int right = static_cast<int>((part.x + part.width) * foreground.width);
    const int bottom = static_cast<int>((part.y + part.height) * foreground.height);
    int inside = 0;
    for (int y = top; y < bottom; ++y) {
        for (int x = left; x < right; ++x)
            inside += foreground.inside[std::size_t(y) * foreground.width + x] != 0 ? 1 : 0;
    }
    const int all = (right - left) * (bottom - top);
    return all > 0 ? static_cast<double>(inside) / all : 0.0;
}

/// Whether the thing reaches from border to border, as a cloth with dots on it does: then its ground is no background.
bool fills_picture(const Foreground& foreground) {
    const cv::Mat mask(foreground.height, foreground.width, CV_8U, const_cast<std::uint8_t*>(foreground.inside.data()));
    const cv::Rect box = cv::boundingRect(mask);
    constexpr double reach_min = 0.9;
    return box.width > reach_min * mask.cols && box.height > reach_min * mask.rows;
}

/// The first of the middle squares (as shares of the shorter side) that the thing fills, at `side` pixels; nothing when
/// it fills none.
std::optional<cv::Mat> patch_of(const Picture& picture, const Foreground& foreground,
                                std::initializer_list<double> shares) {
    const cv::Mat rgb(picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data()));
    const bool has_background = foreground.plain && !fills_picture(foreground);
    for (const double share : shares) {
        const int length = static_cast<int>(share * std::min(rgb.cols, rgb.rows));
        if (length < patch_min) break;
        const cv::Rect square((rgb.cols - length) / 2, (rgb.rows - length) / 2, length, length);
        const cv::Rect2d part(double(square.x) / rgb.cols, double(square.y) / rgb.rows, double(length) / rgb.cols,
                              double(length) / rgb.rows);
        if (has_background && thing_share(foreground, part) < thing_share_min) continue;
        cv::Mat patch;
        cv::resize(rgb(square), patch, {side, side}, 0, 0, length > side ? cv::INTER_AREA : cv::INTER_LINEAR);
        return patch;
    }
    return std::nullopt;
}

/// The patch's colours along the direction in which they differ most, without its slow shading; in grey levels.
cv::Mat detail_of(const cv::Mat& patch) {
    cv::Mat samples;
    patch.reshape(1, side * side).convertTo(samples, CV_32F);
    const cv::PCA pca(samples, cv::noArray(), cv::PCA::DATA_AS_ROW, 1);
    cv::Mat detail = pca.project(samples).reshape(1, side);
    cv::Mat shading;
    cv::GaussianBlur(detail, shading, {}, side / 8.0, 0, cv::BORDER_REFLECT);
    return detail - shading;
}

double deviation_of(const cv::Mat& values) {
    cv::Scalar mean;
    cv::Scalar deviation;
    cv::meanStdDev(values, mean, deviation);
    return deviation[0];
}

/// Whether the marks are many, separate, round and of one size.
bool are_dots(const cv::Mat& marks) {
    cv::Mat labels;
    cv::Mat statistics;
    cv::Mat centres;
    const int count = cv::connectedComponentsWithStats(marks, labels, statistics, centres, 8);
    std::vector<double> areas;
    int round = 0;
    for (int i = 1; i < count; ++i) {
        const auto of = [&](int column) { return statistics.at<int>(i, column); };
        const int w = of(cv::CC_STAT_WIDTH);
        const int h = of(cv::CC_STAT_HEIGHT);
        const bool cut = of(cv::CC_STAT_LEFT) == 0 || of(cv::CC_STAT_TOP) == 0 || of(cv::CC_STAT_LEFT) + w == side ||
                         of(cv::CC_STAT_TOP) + h == side;
        constexpr int area_min = 9;
        if (cut || of(cv::CC_STAT_AREA) < area_min) continue;
        areas.push_back(of(cv::CC_STAT_AREA));
        const double fill = areas.back() / (w * h);
        if (w < 1.5 * h && h < 1.5 * w && fill > 0.6 && fill < 0.92) ++round; // a disc fills 0.79 of its box
    }
    constexpr std::size_t dots_min = 9;
    if (areas.size() < dots_min || round < 0.8 * static_cast<double>(areas.size())) return false;
    const double mean = cv::mean(areas)[0];
    const double covered = mean * static_cast<double>(areas.size()) / (side * side);
    return deviation_of(cv::Mat(areas)) < 0.35 * mean && covered > 0.02 && covered < 0.5;
}

/// The share of the variance that splitting the values into these two classes explains (Otsu, 1979).
double two_classes_explain(const cv::Mat& values, const cv::Mat& light) {
    const double all = deviation_of(values);
    const double share = cv::countNonZero(light) / static_cast<double>(light.total());
    const double apart = cv::mean(values, light)[0] - cv::mean(values, 255 - light)[0];
    return all > 0.0 ? share * (1.0 - share) * apart * apart / (all * all) : 0.0;
}

bool is_dotted(const cv::Mat& detail) {
    constexpr double two_classes_min = 0.78; // checks have a third level, where bands cross
    cv::Mat levels;
    cv::normalize(detail, levels, 0, 255, cv::NORM_MINMAX, CV_8U);
    cv::Mat light;
    cv::threshold(levels, light, 0, 255, cv::THRESH_BINARY | cv::THRESH_OTSU);
    return two_classes_explain(levels, light) > two_classes_min && (are_dots(light) || are_dots(255 - light));
}

/// The power spectrum's share by direction of the waves, in steps of 5 degrees.
struct Spectrum {
    static constexpr int directions = 36;
    std::array<double, directions> share{};
};

cv::Mat power_of(const cv::Mat& detail) {
    cv::Mat window;
    cv::createHanningWindow(window, detail.size(), CV_32F);
    cv::Mat waves;
    cv::dft(detail.mul(window), waves, cv::DFT_COMPLEX_OUTPUT);
    std::vector<cv::Mat> parts;
    cv::split(waves, parts);
    return parts[0].mul(parts[0]) + parts[1].mul(parts[1]);
}

Spectrum spectrum_of(const cv::Mat& detail) {
    constexpr double cycles_min = 3.0; // across the patch; fewer is shading
    constexpr double cycles_max = 45.0;
    const cv::Mat power = power_of(detail);
    Spectrum spectrum;
    double all = 0.0;
    for (int v = 0; v < side; ++v) {
        for (int u = 0; u <= side / 2; ++u) { // the other half is its mirror image
            const double fy = v <= side / 2 ? v : v - side;
            const double cycles = std::hypot(u, fy);
            if (cycles < cycles_min || cycles > cycles_max) continue;
            double angle = std::atan2(fy, u);
            if (angle < 0) angle += std::numbers::pi;
            const auto bin = static_cast<std::size_t>(std::lround(angle / std::numbers::pi * Spectrum::directions)) %
                             Spectrum::directions;
            const double here = power.at<float>(v, u);
            all += here;
            spectrum.share[bin] += here;
        }
    }
    if (all <= 0.0) return spectrum;
    for (auto& share : spectrum.share) share /= all;
    return spectrum;
}

/// The power within 10 degrees of a direction.
double share_near(const Spectrum& spectrum, int direction) {
    double share = 0.0;
    for (int offset = -2; offset <= 2; ++offset) {
        share += spectrum.share[static_cast<std::size_t>((direction + offset + 2 * Spectrum::directions) %
                                                         Spectrum::directions)];
    }
    return share;
}

/// The mean direction of that power, in degrees.
double degrees_near(const Spectrum& spectrum, int direction) {
    double sum = 0.0;
    double weighted = 0.0;
    for (int offset = -2; offset <= 2; ++offset) {
        const auto bin =
            static_cast<std::size_t>((direction + offset + 2 * Spectrum::directions) % Spectrum::directions);
        sum += spectrum.share[bin];
        weighted += spectrum.share[bin] * (direction + offset);
    }
    return (sum > 0.0 ? weighted / sum : direction) * 180.0 / Spectrum::directions;
}

/// The mean of the detail along bands whose waves run in `degrees`: over the whole patch or one half of it.
struct Bands {
    cv::Mat all;
    cv::Mat one_half;
    cv::Mat other_half;
    double explained = 0.0; ///< the share of the detail's variance that the bands are
};

Bands bands_at(const cv::Mat& detail, double degrees) {
    constexpr int inner = side * 7 / 10; // what stays inside the patch at every turn
    cv::Mat turn = cv::getRotationMatrix2D({side / 2.0F, side / 2.0F}, degrees, 1.0);
    turn.at<double>(0, 2) -= (side - inner) / 2.0;
    turn.at<double>(1, 2) -= (side - inner) / 2.0;
    cv::Mat turned;
    cv::warpAffine(detail, turned, turn, {inner, inner}, cv::INTER_LINEAR, cv::BORDER_REFLECT);
    const auto mean_of_rows = [&](int from, int to) {
        cv::Mat mean;
        cv::reduce(turned.rowRange(from, to), mean, 0, cv::REDUCE_AVG, CV_32F);
        return mean;
    };
    Bands bands{mean_of_rows(0, inner), mean_of_rows(0, inner / 2), mean_of_rows(inner / 2, inner), 0.0};
    const double whole = deviation_of(turned);
    const double banded = deviation_of(bands.all);
    bands.explained = whole > 0.0 ? banded * banded / (whole * whole) : 0.0;
    return bands;
}

double correlation(const cv::Mat& a, const cv::Mat& b) {
    cv::Mat result;
    cv::matchTemplate(a, b, result, cv::TM_CCOEFF_NORMED);
    return result.at<float>(0, 0);
}

int alternations(const cv::Mat& bands) {
    double low = 0.0;
    double high = 0.0;
    cv::minMaxLoc(bands, &low, &high);
    int count = 0;
    bool rising = true;
    float extreme = bands.at<float>(0, 0);
    for (int x = 1; x < bands.cols; ++x) {
        const float value = bands.at<float>(0, x);
        if (rising ? value > extreme : value < extreme) {
            extreme = value;
        } else if (std::abs(value - extreme) > 0.3 * (high - low)) {
            rising = !rising;
            extreme = value;
            ++count;
        }
    }
    return count;
}

/// Whether the bands alternate often, and alike in both halves: an outline or a fold does not.
bool repeat(const Bands& bands) {
    constexpr int alternations_min = 5;
    constexpr double correlation_min = 0.5;
    return alternations(bands.all) >= alternations_min &&
           correlation(bands.one_half, bands.other_half) > correlation_min;
}

FoundPattern striped_or_checked(const cv::Mat& detail) {
    const auto spectrum = spectrum_of(detail);
    int strongest = 0;
    for (int direction = 1; direction < Spectrum::directions; ++direction) {
        if (share_near(spectrum, direction) > share_near(spectrum, strongest)) strongest = direction;
    }
    const double one = share_near(spectrum, strongest);
    double across = 0.0;
    for (int turn = -2; turn <= 2; ++turn) {
        across = std::max(across, share_near(spectrum, strongest + Spectrum::directions / 2 + turn));
    }
    const double degrees = degrees_near(spectrum, strongest);
    if (one > 0.8 && across < 0.1) {
        const auto bands = bands_at(detail, degrees);
        if (bands.explained > 0.45 && repeat(bands)) return {"striped", bands.explained};
    }
    if (one + across > 0.65 && across > 0.2) {
        const auto warp = bands_at(detail, degrees);
        const auto weft = bands_at(detail, degrees + 90.0);
        const double explained = warp.explained + weft.explained;
        if (explained > 0.5 && repeat(warp) && repeat(weft)) return {"checked", std::min(1.0, explained)};
    }
    return {};
}

} // namespace

FoundPattern find_pattern(const Picture& picture) {
    if (picture.width <= 0 || picture.height <= 0) return {};
    return find_pattern(picture, find_foreground(picture));
}

FoundPattern find_pattern(const Picture& picture, const Foreground& foreground) {
    if (const auto patch = patch_of(picture, foreground, {0.7, 0.55, 0.42, 0.32})) {
        const cv::Mat detail = detail_of(*patch);
        if (deviation_of(detail) > pattern_detail_min) {
            if (is_dotted(detail)) return {"dotted", 0.8};
            if (auto pattern = striped_or_checked(detail); !pattern.name.empty()) return pattern;
        }
    }
    // A large square often holds a garment's outline, so plainness is judged where only the thing is.
    const auto middle = patch_of(picture, foreground, {0.42, 0.32});
    if (!middle) return {};
    const double deviation = deviation_of(detail_of(*middle));
    if (deviation > plain_detail_max) return {};
    return {"plain", 1.0 - 0.5 * deviation / plain_detail_max};
}

} // namespace vitrine
