#include "ml/foreground.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <numeric>
#include <optional>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace vitrine {
namespace {

// All in units of CIE L*a*b*, on photos of groceries, clothes at home and rendered tables (docs/quality.md).
constexpr double plain_share_min = 0.7; ///< of the border that must be of one colour
constexpr double plain_noise_max = 4.5; ///< shop pictures have 0, photos on a table 2 to 4, in a shop 8 and more
constexpr double tolerance_min = 5.0;   ///< JPEG's own noise on a white background
constexpr double tolerance_max = 16.0;
constexpr float palette_radius = 13.0F; ///< pixels of the border so near each other are one colour
constexpr double palette_share_min = 0.04;
constexpr double second_share_min = 0.1;   ///< of a further colour beside one that covers most of the border
constexpr double palette_cover_min = 0.85; ///< of the border, by the palette's colours together
constexpr std::size_t palette_max = 4;
constexpr double roughness_max = 6.5; ///< grey levels from pixel to pixel: grain of wood, not goods on a shelf
constexpr float shadow_chroma = 4.0F; ///< a shadow keeps its background's hue
constexpr float shadow_depth = 35.0F; ///< and is darker by no more than this
constexpr float shadow_step = 1.3F;   ///< and has no edges: so much change from pixel to pixel

struct BackgroundColour {
    cv::Vec3f lab;
    float tolerance = 0.0F;
};

cv::Mat reduced(const Picture& picture) {
    const cv::Mat rgb(picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data()));
    const double scale = std::min(1.0, double{Foreground::side_max} / std::max(picture.width, picture.height));
    const cv::Size size(std::max(1, static_cast<int>(std::lround(picture.width * scale))),
                        std::max(1, static_cast<int>(std::lround(picture.height * scale))));
    cv::Mat small;
    cv::resize(rgb, small, size, 0, 0, cv::INTER_AREA);
    return small;
}

cv::Mat lab_of(const cv::Mat& rgb) {
    cv::Mat unit, lab;
    rgb.convertTo(unit, CV_32FC3, 1.0 / 255.0);
    cv::cvtColor(unit, lab, cv::COLOR_RGB2Lab);
    return lab;
}

/// The mean change of lightness from one background pixel to the next.
double roughness(const cv::Mat& rgb, const cv::Mat& outside) {
    cv::Mat grey;
    cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
    double sum = 0.0;
    int count = 0;
    for (int y = 0; y + 1 < grey.rows; ++y) {
        for (int x = 0; x + 1 < grey.cols; ++x) {
            if (!outside.at<std::uint8_t>(y, x) || !outside.at<std::uint8_t>(y + 1, x) ||
                !outside.at<std::uint8_t>(y, x + 1)) {
                continue;
            }
            const int here = grey.at<std::uint8_t>(y, x);
            sum += std::abs(here - grey.at<std::uint8_t>(y, x + 1)) + std::abs(here - grey.at<std::uint8_t>(y + 1, x));
            ++count;
        }
    }
    return count > 0 ? sum / count : 0.0;
}

/// A pixel on the picture's border and which of its sides it is on.
struct BorderPixel {
    cv::Point at;
    int side = 0;
    cv::Vec3f lab;
};

std::vector<BorderPixel> border_of(const cv::Mat& rgb) {
    std::vector<BorderPixel> border;
    cv::Mat colours;
    const auto add = [&](int x, int y, int side) {
        border.push_back({{x, y}, side, {}});
        colours.push_back(rgb.at<cv::Vec3b>(y, x));
    };
    for (int x = 0; x < rgb.cols; ++x) {
        add(x, 0, 0);
        add(x, rgb.rows - 1, 1);
    }
    for (int y = 1; y < rgb.rows - 1; ++y) {
        add(0, y, 2);
        add(rgb.cols - 1, y, 3);
    }
    const cv::Mat lab = lab_of(colours);
    for (std::size_t i = 0; i < border.size(); ++i) border[i].lab = lab.at<cv::Vec3f>(static_cast<int>(i), 0);
    return border;
}

/// Lightness counts half: a plain wall or table has shadows and a lamp's gradient, but one hue.
float distance(const cv::Vec3f& a, const cv::Vec3f& b) {
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

cv::Vec3f median_colour(const std::vector<BorderPixel>& pixels) {
    cv::Vec3f result;
    for (int channel = 0; channel < 3; ++channel) {
        std::vector<float> values;
        values.reserve(pixels.size());
        for (const auto& pixel : pixels) values.push_back(pixel.lab[channel]);
        result[channel] = median(std::move(values));
    }
    return result;
}

std::optional<BackgroundColour> one_colour(const std::vector<BorderPixel>& border) {
    const cv::Vec3f colour = median_colour(border);
    std::vector<float> distances;
    distances.reserve(border.size());
    for (const auto& pixel : border) distances.push_back(distance(pixel.lab, colour));
    const double noise = median(distances);
    const auto tolerance = static_cast<float>(std::clamp(4.0 * noise, tolerance_min, tolerance_max));
    const auto near = std::ranges::count_if(distances, [&](float d) { return d <= tolerance; });
    const bool covers = static_cast<double>(near) >= plain_share_min * static_cast<double>(border.size());
    if (noise > plain_noise_max || !covers) return std::nullopt;
    return BackgroundColour{colour, tolerance};
}

/// The pixels around one of them that has the most neighbours in colour.
std::vector<BorderPixel> densest(const std::vector<BorderPixel>& pixels) {
    const std::size_t stride = std::max<std::size_t>(1, pixels.size() / 40);
    std::size_t best = 0;
    std::ptrdiff_t most = -1;
    for (std::size_t i = 0; i < pixels.size(); i += stride) {
        const auto near = std::ranges::count_if(
            pixels, [&](const auto& pixel) { return distance(pixel.lab, pixels[i].lab) <= palette_radius; });
        if (near <= most) continue;
        most = near;
        best = i;
    }
    std::vector<BorderPixel> near;
    std::ranges::copy_if(pixels, std::back_inserter(near),
                         [&](const auto& pixel) { return distance(pixel.lab, pixels[best].lab) <= palette_radius; });
    return near;
}

/// The border's few colours, the most frequent first; empty when they leave more than `rest_max` of it. Each round
/// takes the colour with the most of the remaining pixels around it.
std::vector<BackgroundColour> few_colours(std::vector<BorderPixel> border, double rest_max) {
    const auto all = static_cast<double>(border.size());
    std::vector<BackgroundColour> palette;
    while (palette.size() < palette_max && !border.empty()) {
        const auto largest = densest(border);
        if (static_cast<double>(largest.size()) < palette_share_min * all) break;
        const cv::Vec3f colour = median_colour(largest);
        palette.push_back({colour, palette_radius});
        std::erase_if(border, [&](const auto& pixel) { return distance(pixel.lab, colour) <= palette_radius; });
    }
    if (static_cast<double>(border.size()) > rest_max * all) return {};
    return palette;
}

/// Whether the colour goes round a corner or reappears across the picture, as a table does; what touches one side only
/// is rather a thing that is cut off.
bool is_ground(const BackgroundColour& colour, const std::vector<BorderPixel>& border, std::size_t pixels_min) {
    std::array<int, 4> on_side{};
    for (const auto& pixel : border) {
        if (distance(pixel.lab, colour.lab) <= colour.tolerance) ++on_side[static_cast<std::size_t>(pixel.side)];
    }
    const auto sides = std::ranges::count_if(on_side, [](int count) { return count > 3; });
    return sides > 1 && static_cast<std::size_t>(std::accumulate(on_side.begin(), on_side.end(), 0)) >= pixels_min;
}

/// The colours that a background may have; empty when the border is too varied for one.
std::vector<BackgroundColour> background_colours(const std::vector<BorderPixel>& border) {
    const auto single = one_colour(border);
    if (!single) return few_colours(border, 1.0 - palette_cover_min);
    std::vector<BackgroundColour> colours{*single};
    std::vector<BorderPixel> others;
    std::ranges::copy_if(border, std::back_inserter(others), [&](const auto& pixel) {
        return distance(pixel.lab, single->lab) > std::max(single->tolerance, palette_radius);
    });
    const auto enough = static_cast<std::size_t>(second_share_min * static_cast<double>(border.size()));
    for (const auto& colour : few_colours(others, 1.0)) {
        if (is_ground(colour, others, enough)) colours.push_back(colour);
    }
    return colours;
}

/// Walks over the picture from its border.
class Flood {
public:
    Flood(const cv::Mat& lab, std::vector<BackgroundColour> colours)
        : lab_(lab), colours_(std::move(colours)), reached_(cv::Mat::zeros(lab.size(), CV_8U)) {}

    /// 1 where the background is.
    cv::Mat run(const std::vector<BorderPixel>& border) {
        std::vector<cv::Point> open;
        for (const auto& point : border) {
            if (alike(point.lab)) enter(point.at, open);
        }
        while (!open.empty()) {
            const cv::Point from = open.back();
            open.pop_back();
            for (const cv::Point step : {cv::Point(1, 0), cv::Point(-1, 0), cv::Point(0, 1), cv::Point(0, -1)}) {
                const cv::Point to = from + step;
                const bool inside = to.x >= 0 && to.y >= 0 && to.x < lab_.cols && to.y < lab_.rows;
                if (inside && reached_.at<std::uint8_t>(to) == 0 && passable(from, to)) enter(to, open);
            }
        }
        return reached_;
    }

private:
    void enter(const cv::Point& point, std::vector<cv::Point>& open) {
        if (reached_.at<std::uint8_t>(point) != 0) return;
        reached_.at<std::uint8_t>(point) = 1;
        open.push_back(point);
    }

    [[nodiscard]] bool alike(const cv::Vec3f& pixel) const {
        return std::ranges::any_of(colours_, [&](const auto& c) { return distance(pixel, c.lab) <= c.tolerance; });
    }

    [[nodiscard]] bool passable(const cv::Point& from, const cv::Point& to) const {
        const cv::Vec3f& pixel = lab_.at<cv::Vec3f>(to);
        if (alike(pixel)) return true;
        const cv::Vec3f change = pixel - lab_.at<cv::Vec3f>(from);
        if (std::abs(change[0]) > shadow_step || std::abs(change[1]) + std::abs(change[2]) > shadow_step) return false;
        return std::ranges::any_of(colours_, [&](const auto& c) {
            const float chroma = std::hypot(pixel[1] - c.lab[1], pixel[2] - c.lab[2]);
            return chroma <= shadow_chroma && pixel[0] < c.lab[0] && pixel[0] > c.lab[0] - shadow_depth;
        });
    }

    cv::Mat lab_;
    std::vector<BackgroundColour> colours_;
    cv::Mat reached_;
};

} // namespace

Foreground find_foreground(const Picture& picture) {
    const cv::Mat rgb = reduced(picture);
    Foreground result;
    result.width = rgb.cols;
    result.height = rgb.rows;
    result.inside.assign(rgb.total(), 1);

    auto border = border_of(rgb);
    auto colours = background_colours(border);
    const bool plain = colours.size() == 1;
    cv::Mat looked_at = rgb;
    if (!plain && std::min(rgb.cols, rgb.rows) > 4) {
        // The grain of wood or cloth would stop the flood.
        cv::medianBlur(rgb, looked_at, 5);
        border = border_of(looked_at);
        colours = background_colours(border);
    }
    if (colours.empty()) return result;
    const cv::Mat outside = Flood(lab_of(looked_at), colours).run(border);
    const double share = 1.0 - static_cast<double>(cv::countNonZero(outside)) / static_cast<double>(outside.total());
    // All background shows nothing, and nearly none of it tells nothing: then the whole picture counts.
    if (share < 0.002 || (!plain && share > 0.65)) return result;
    if (!plain && roughness(rgb, outside) > roughness_max) return result;
    result.plain = plain;
    result.simple = true;
    result.share = share;
    std::transform(outside.begin<std::uint8_t>(), outside.end<std::uint8_t>(), result.inside.begin(),
                   [](std::uint8_t value) { return std::uint8_t(value ? 0 : 1); });
    return result;
}

} // namespace vitrine
