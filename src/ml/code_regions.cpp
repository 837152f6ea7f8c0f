#include "ml/code_regions.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace vitrine {
namespace {

constexpr int side_max = 1280;
constexpr int cell = 8; // pixels a side of a cell of the grid on which directions are compared
constexpr std::size_t regions_max = 4;
constexpr float bar_edge_min = 12.0F; // of the Sobel operator: 3 grey levels a pixel
constexpr float bar_coherence_min = 0.55F;
constexpr float chequer_edge_min = 60.0F;
constexpr float chequer_coherence_max = 0.6F;
constexpr float angle_difference_max = 0.35F; // radians, of directions
constexpr int bar_alternations_min = 14;      // an UPC-E has 33 bars and gaps; blur joins some
constexpr double matrix_alternations_min = 8; // the smallest QR code has 21 modules a side
constexpr double filled_min = 0.45;           // of the rectangle: codes fill 0.62 and more, folds and lettering less

/// What the edges in each cell have in common.
struct Cells {
    cv::Mat_<float> angle;          ///< of the direction across the edges, in (-pi/2, pi/2]
    cv::Mat_<std::uint8_t> bars;    ///< 1 where strong edges have one direction
    cv::Mat_<std::uint8_t> chequer; ///< 1 where very strong edges have all directions
};

Cells cells_of(const cv::Mat& grey) {
    cv::Mat dx;
    cv::Mat dy;
    cv::Sobel(grey, dx, CV_32F, 1, 0);
    cv::Sobel(grey, dy, CV_32F, 0, 1);
    const cv::Size grid(std::max(1, grey.cols / cell), std::max(1, grey.rows / cell));
    const auto mean_in_cells = [&](const cv::Mat& product) {
        cv::Mat mean;
        cv::resize(product, mean, grid, 0, 0, cv::INTER_AREA);
        cv::blur(mean, mean, {3, 3});
        return mean;
    };
    const cv::Mat xx = mean_in_cells(dx.mul(dx));
    const cv::Mat yy = mean_in_cells(dy.mul(dy));
    const cv::Mat xy = mean_in_cells(dx.mul(dy));
    Cells cells{cv::Mat_<float>(grid), cv::Mat_<std::uint8_t>(grid), cv::Mat_<std::uint8_t>(grid)};
    for (int y = 0; y < grid.height; ++y) {
        for (int x = 0; x < grid.width; ++x) {
            const float across = xx.at<float>(y, x) - yy.at<float>(y, x);
            const float twice = 2 * xy.at<float>(y, x);
            const float energy = xx.at<float>(y, x) + yy.at<float>(y, x);
            const float coherence = std::hypot(across, twice) / std::max(1.0F, energy);
            cells.bars(y, x) = energy > bar_edge_min * bar_edge_min && coherence > bar_coherence_min ? 1 : 0;
            cells.chequer(y, x) =
                energy > chequer_edge_min * chequer_edge_min && coherence < chequer_coherence_max ? 1 : 0;
            cells.angle(y, x) = 0.5F * std::atan2(twice, across);
        }
    }
    return cells;
}

float angle_between(float a, float b) {
    const float difference = std::abs(a - b);
    return std::min(difference, std::numbers::pi_v<float> - difference);
}

/// Takes the cells of one direction that hang together with `seed` out of `cells.bars`.
std::vector<cv::Point> take_component(Cells& cells, cv::Point seed) {
    std::vector<cv::Point> taken{seed};
    cells.bars(seed) = 0;
    for (std::size_t next = 0; next < taken.size(); ++next) {
        const cv::Point here = taken[next];
        for (const auto& step : {cv::Point(1, 0), cv::Point(-1, 0), cv::Point(0, 1), cv::Point(0, -1)}) {
            const cv::Point there = here + step;
            if (!cv::Rect({}, cells.bars.size()).contains(there) || cells.bars(there) == 0) continue;
            if (angle_between(cells.angle(there), cells.angle(here)) > angle_difference_max / 2) continue;
            if (angle_between(cells.angle(there), cells.angle(seed)) > angle_difference_max) continue;
            cells.bars(there) = 0;
            taken.push_back(there);
        }
    }
    return taken;
}

/// The rectangle around the cells, turned into their mean direction; in pixels of the grid's picture.
BarRegion region_around(const std::vector<cv::Point>& taken, const Cells& cells) {
    double c = 0.0;
    double s = 0.0;
    for (const auto& at : taken) {
        c += std::cos(2.0 * cells.angle(at));
        s += std::sin(2.0 * cells.angle(at));
    }
    const double angle = 0.5 * std::atan2(s, c);
    const cv::Point2d across(std::cos(angle), std::sin(angle));
    const cv::Point2d along(-across.y, across.x);
    std::vector<double> us;
    std::vector<double> vs;
    for (const auto& at : taken) {
        const cv::Point2d centre((at.x + 0.5) * cell, (at.y + 0.5) * cell);
        us.push_back(centre.dot(across));
        vs.push_back(centre.dot(along));
    }
    const auto [u_min, u_max] = std::ranges::minmax(us);
    const auto [v_min, v_max] = std::ranges::minmax(vs);
    const cv::Point2d centre = across * ((u_min + u_max) / 2) + along * ((v_min + v_max) / 2);
    return {centre.x, centre.y, u_max - u_min + cell, v_max - v_min + cell, angle * 180.0 / std::numbers::pi};
}

/// How often a row of brightness goes from dark to light or back by more than `swing`.
int alternations(const cv::Mat& row, float swing) {
    int count = 0;
    bool rising = true;
    float extreme = row.at<float>(0, 0);
    for (int x = 1; x < row.cols; ++x) {
        const float value = row.at<float>(0, x);
        if (rising ? value > extreme : value < extreme) {
            extreme = value;
        } else if (std::abs(value - extreme) > swing) {
            rising = !rising;
            extreme = value;
            ++count;
        }
    }
    return count;
}

float range_of(const cv::Mat& values) {
    double darkest = 0.0;
    double lightest = 0.0;
    cv::minMaxLoc(values, &darkest, &lightest);
    return static_cast<float>(lightest - darkest);
}

/// The mean brightness across the bars of the region's middle.
cv::Mat profile_across(const cv::Mat& grey, const BarRegion& region) {
    const double c = std::cos(region.angle * std::numbers::pi / 180.0);
    const double s = std::sin(region.angle * std::numbers::pi / 180.0);
    const cv::Size size(static_cast<int>(region.length), std::max(1, static_cast<int>(region.height / 4)));
    const cv::Matx23d back(c, -s, region.x - (c * size.width - s * size.height) / 2.0, //
                           s, c, region.y - (s * size.width + c * size.height) / 2.0);
    cv::Mat strip;
    cv::warpAffine(grey, strip, back, size, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
    cv::Mat profile;
    cv::reduce(strip, profile, 0, cv::REDUCE_AVG, CV_32F);
    return profile;
}

bool looks_like_bars(const BarRegion& region, std::size_t cells, const cv::Mat& grey) {
    constexpr double length_min = 30.0;
    if (static_cast<double>(cells) * cell * cell < filled_min * region.length * region.height) return false;
    if (region.length < length_min || region.height < cell || region.length < 0.4 * region.height) return false;
    const cv::Mat profile = profile_across(grey, region);
    return alternations(profile, std::max(6.0F, range_of(profile) / 5)) >= bar_alternations_min;
}

std::vector<BarRegion> bars_among(Cells& cells, const cv::Mat& grey) {
    std::vector<BarRegion> regions;
    for (int y = 0; y < cells.bars.rows; ++y) {
        for (int x = 0; x < cells.bars.cols; ++x) {
            if (cells.bars(y, x) == 0) continue;
            const auto taken = take_component(cells, {x, y});
            const auto region = region_around(taken, cells);
            if (looks_like_bars(region, taken.size(), grey)) regions.push_back(region);
        }
    }
    std::ranges::stable_sort(regions, std::ranges::greater{}, [](const BarRegion& r) { return r.length * r.height; });
    if (regions.size() > regions_max) regions.resize(regions_max);
    return regions;
}

/// The mean number of alternations along a few rows of the patch.
double alternations_along_rows(const cv::Mat& patch) {
    double sum = 0.0;
    constexpr std::array shares{0.3, 0.4, 0.5, 0.6, 0.7};
    for (const double share : shares) {
        cv::Mat row;
        patch.row(static_cast<int>(patch.rows * share)).convertTo(row, CV_32F);
        sum += alternations(row, std::max(20.0F, range_of(row) / 3));
    }
    return sum / shares.size();
}

bool looks_like_a_matrix(const Box& box, int cells, const cv::Mat& grey) {
    constexpr double matrix_filled_min = 0.6;
    if (cells * cell * cell < matrix_filled_min * static_cast<double>(box.area())) return false;
    if (box.w > 2.5 * box.h || box.h > 2.5 * box.w) return false;
    const cv::Mat patch = grey(cv::Rect(box.x, box.y, box.w, box.h));
    cv::Mat turned;
    cv::transpose(patch, turned);
    return std::min(alternations_along_rows(patch), alternations_along_rows(turned)) >= matrix_alternations_min;
}

std::vector<Box> matrices_among(const Cells& cells, const cv::Mat& grey) {
    cv::Mat labels;
    cv::Mat statistics;
    cv::Mat centres;
    const int count = cv::connectedComponentsWithStats(cells.chequer, labels, statistics, centres, 4);
    std::vector<Box> boxes;
    for (int i = 1; i < count; ++i) { // 0 is what is no component
        const auto of = [&](int column) { return statistics.at<int>(i, column); };
        const Box box{of(cv::CC_STAT_LEFT) * cell, of(cv::CC_STAT_TOP) * cell, of(cv::CC_STAT_WIDTH) * cell,
                      of(cv::CC_STAT_HEIGHT) * cell};
        const Box inside = intersection(box, {0, 0, grey.cols, grey.rows});
        if (looks_like_a_matrix(inside, of(cv::CC_STAT_AREA), grey)) boxes.push_back(inside);
    }
    std::ranges::stable_sort(boxes, std::ranges::greater{}, &Box::area);
    if (boxes.size() > regions_max) boxes.resize(regions_max);
    return boxes;
}

void enlarge(CodeRegions& regions, double factor) {
    for (auto& bars : regions.bars) {
        bars = {bars.x * factor, bars.y * factor, bars.length * factor, bars.height * factor, bars.angle};
    }
    const auto scaled = [factor](int value) { return static_cast<int>(value * factor); };
    for (auto& box : regions.matrices) box = {scaled(box.x), scaled(box.y), scaled(box.w), scaled(box.h)};
}

} // namespace

CodeRegions find_code_regions(const Picture& picture) {
    const cv::Mat rgb(picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data()));
    const double scale = std::min(1.0, double{side_max} / std::max({1, rgb.cols, rgb.rows}));
    if (std::min(rgb.cols, rgb.rows) * scale < 2 * cell) return {};
    cv::Mat grey;
    cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
    if (scale < 1.0) cv::resize(grey, grey, {}, scale, scale, cv::INTER_AREA);
    auto cells = cells_of(grey);
    CodeRegions regions{bars_among(cells, grey), matrices_among(cells, grey)};
    enlarge(regions, 1.0 / scale);
    return regions;
}

} // namespace vitrine
