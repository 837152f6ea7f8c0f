#include "ml/panel_finder.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace vitrine {
namespace {

constexpr int side_max = 320;
constexpr int step_min = 14;             ///< grey levels across a seam
constexpr double seam_share_min = 0.7;   ///< of a seam's length that must have that step
constexpr double part_share_min = 0.4;   ///< and each eighth of it: the edge of a box on white ends before the picture
constexpr double contrast_min = 2.5;     ///< and so many times the share that its neighbourhood has
constexpr double panel_side_min = 0.2;   ///< of the picture's side: narrower is a strip between panels
constexpr double empty_spread_max = 6.0; ///< a panel of one colour shows nothing

/// For each row boundary, how much of it is a step in colour; 0 where a part of it has hardly any.
std::vector<double> step_shares(const cv::Mat& rgb) {
    constexpr int parts = 8;
    std::vector<double> shares(static_cast<std::size_t>(rgb.rows), 0.0);
    for (int y = 1; y < rgb.rows; ++y) {
        const auto* const above = rgb.ptr<std::uint8_t>(y - 1);
        const auto* const below = rgb.ptr<std::uint8_t>(y);
        std::array<int, parts> steps{}, pixels{};
        for (int part = 0; part < parts; ++part) {
            const int from = (part * rgb.cols + parts - 1) / parts; // the columns x with x * parts / cols = part
            const int to = ((part + 1) * rgb.cols + parts - 1) / parts;
            const auto i = static_cast<std::size_t>(part);
            pixels[i] = to - from;
            for (int x = 3 * from; x < 3 * to; x += 3) {
                const int red = std::abs(above[x] - below[x]), green = std::abs(above[x + 1] - below[x + 1]),
                          blue = std::abs(above[x + 2] - below[x + 2]);
                steps[i] += std::max({red, green, blue}) >= step_min ? 1 : 0;
            }
        }
        bool throughout = true;
        for (std::size_t i = 0; i < parts; ++i) throughout = throughout && steps[i] >= part_share_min * pixels[i];
        const int all = std::accumulate(steps.begin(), steps.end(), 0);
        if (throughout) shares[static_cast<std::size_t>(y)] = static_cast<double>(all) / rgb.cols;
    }
    return shares;
}

/// Where rows are cut, with 0 and the number of rows as the outer cuts.
std::vector<int> cuts(const cv::Mat& rgb) {
    const auto shares = step_shares(rgb);
    std::vector<double> sorted = shares;
    std::ranges::nth_element(sorted, sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2));
    const double usual = sorted[sorted.size() / 2];
    std::vector<int> found{0};
    for (int y = 1; y < rgb.rows; ++y) {
        // Shrinking spreads a seam over two boundaries.
        const double share = shares[static_cast<std::size_t>(y)];
        const double before = shares[static_cast<std::size_t>(y - 1)];
        const double after = y + 1 < rgb.rows ? shares[static_cast<std::size_t>(y + 1)] : 0.0;
        if (share < seam_share_min || share < contrast_min * usual || share < before || share <= after) continue;
        found.push_back(y);
    }
    found.push_back(rgb.rows);
    return found;
}

struct Span {
    int from = 0;
    int to = 0;
};

std::vector<Span> spans(const std::vector<int>& at, int length) {
    std::vector<Span> wide;
    for (std::size_t i = 1; i < at.size(); ++i) {
        if (at[i] - at[i - 1] >= panel_side_min * length) wide.push_back({at[i - 1], at[i]});
    }
    return wide;
}

bool is_empty(const cv::Mat& part) {
    cv::Scalar mean, spread;
    cv::meanStdDev(part, mean, spread);
    return std::max({spread[0], spread[1], spread[2]}) < empty_spread_max;
}

} // namespace

std::vector<Box> find_panels(const Picture& picture, int panels_max) {
    const cv::Mat rgb(picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data()));
    const double scale = std::min(1.0, static_cast<double>(side_max) / std::max(picture.width, picture.height));
    const cv::Size size(static_cast<int>(picture.width * scale), static_cast<int>(picture.height * scale));
    if (std::min(size.width, size.height) < 32) return {};
    cv::Mat small;
    cv::resize(rgb, small, size, 0, 0, cv::INTER_AREA);
    const auto rows = spans(cuts(small), small.rows);
    const auto columns = spans(cuts(small.t()), small.cols);
    std::vector<Box> panels;
    for (const auto& row : rows) {
        for (const auto& column : columns) {
            const cv::Rect cell(column.from, row.from, column.to - column.from, row.to - row.from);
            if (is_empty(small(cell))) continue;
            // One small pixel of each side may hold the seam.
            const int left = static_cast<int>(std::ceil((cell.x + (cell.x > 0)) / scale));
            const int top = static_cast<int>(std::ceil((cell.y + (cell.y > 0)) / scale));
            const int right = std::min(picture.width, static_cast<int>((cell.br().x - 1) / scale));
            const int bottom = std::min(picture.height, static_cast<int>((cell.br().y - 1) / scale));
            panels.push_back({left, top, right - left, bottom - top});
        }
    }
    if (panels.size() < 2 || panels.size() > static_cast<std::size_t>(panels_max)) return {};
    return panels;
}

} // namespace vitrine
