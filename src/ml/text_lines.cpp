#include "ml/text_lines.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace vitrine {
namespace {

constexpr double side_wanted = 800.0; // of the finer of the two scales that are searched
constexpr double enlargement_max = 2.0;
constexpr int window = 35; // a letter's strokes are thinner than this, or they are found at the coarser scale
constexpr int contrast_min = 14;
constexpr int height_min = 8;
constexpr int height_max = 64;
constexpr std::size_t marks_max = 1500; // a picture with more is texture
constexpr std::size_t letters_min = 3;
constexpr double tilt_max = std::numbers::pi / 4;

/// A connected mark that may be a letter.
struct Mark {
    cv::Rect box;
    cv::Point2d centre;
    int label = 0; ///< in the labelled picture
    double grey = 0.0;
};

struct Marks {
    cv::Mat labels;
    std::vector<Mark> marks;
};

bool letter_shaped(const cv::Rect& box, int area) {
    if (box.height < height_min || box.height > height_max || box.width > 4 * box.height || box.width < 2) return false;
    const double fill = static_cast<double>(area) / static_cast<double>(box.area());
    return fill > 0.12 && (fill < 0.95 || box.width * 3 < box.height); // a full box is an I, or no letter
}

Marks marks_of(const cv::Mat& grey, const cv::Mat& surroundings, bool light) {
    const cv::Mat stands_out = light ? grey - surroundings : surroundings - grey; // saturates at 0
    Marks found;
    cv::Mat statistics;
    cv::Mat centres;
    const int count = cv::connectedComponentsWithStats(stands_out > contrast_min, found.labels, statistics, centres, 8);
    std::vector<int> mark_of_label(static_cast<std::size_t>(count), -1);
    for (int label = 1; label < count; ++label) {
        const auto of = [&](int column) { return statistics.at<int>(label, column); };
        const cv::Rect box(of(cv::CC_STAT_LEFT), of(cv::CC_STAT_TOP), of(cv::CC_STAT_WIDTH), of(cv::CC_STAT_HEIGHT));
        if (!letter_shaped(box, of(cv::CC_STAT_AREA))) continue;
        const cv::Point2d centre(box.x + box.width / 2.0, box.y + box.height / 2.0);
        const cv::Mat inside = found.labels(box) == label;
        found.marks.push_back({box, centre, label, cv::mean(grey(box), inside)[0]});
    }
    return found;
}

bool alike(const Mark& a, const Mark& b) {
    constexpr double ratio_max = 2.2;
    constexpr double grey_difference_max = 45.0;
    return a.box.height < ratio_max * b.box.height && b.box.height < ratio_max * a.box.height &&
           std::abs(a.grey - b.grey) < grey_difference_max;
}

/// The nearest mark like `from` straight ahead in `direction`, close enough to belong to the same line.
std::optional<std::size_t> next_in_line(const std::vector<Mark>& marks,
                                        const std::vector<std::vector<std::size_t>>& near, std::size_t from,
                                        const cv::Point2d& direction) {
    std::optional<std::size_t> next;
    double nearest = 1e9;
    for (const auto candidate : near[from]) {
        const cv::Point2d step = marks[candidate].centre - marks[from].centre;
        const double along = step.dot(direction);
        const double beside = std::abs(step.cross(direction));
        const double height = std::max(marks[from].box.height, marks[candidate].box.height);
        if (along <= 0.15 * height || beside > 0.3 * height || along >= nearest) continue;
        nearest = along;
        next = candidate;
    }
    return next;
}

/// For each mark those alike and within reach of it.
std::vector<std::vector<std::size_t>> neighbours_of(const std::vector<Mark>& marks) {
    std::vector<std::size_t> by_x(marks.size());
    for (std::size_t i = 0; i < by_x.size(); ++i) by_x[i] = i;
    std::ranges::stable_sort(by_x, {}, [&](std::size_t i) { return marks[i].centre.x; });
    std::vector<std::vector<std::size_t>> near(marks.size());
    for (std::size_t a = 0; a < by_x.size(); ++a) {
        for (std::size_t b = a + 1; b < by_x.size(); ++b) {
            const auto& left = marks[by_x[a]];
            const auto& right = marks[by_x[b]];
            if (right.centre.x - left.centre.x > 2.2 * height_max) break;
            const double reach =
                0.9 * std::max(left.box.height, right.box.height) + (left.box.width + right.box.width) / 2.0;
            if (!alike(left, right) || cv::norm(right.centre - left.centre) > reach) continue;
            near[by_x[a]].push_back(by_x[b]);
            near[by_x[b]].push_back(by_x[a]);
        }
    }
    return near;
}

/// The marks in line with the pair, from left to right.
std::vector<std::size_t> line_through(const std::vector<Mark>& marks, const std::vector<std::vector<std::size_t>>& near,
                                      std::size_t first, std::size_t second) {
    std::vector<std::size_t> line{first, second};
    const auto direction = [&] {
        const cv::Point2d whole = marks[line.back()].centre - marks[line.front()].centre;
        return whole / std::max(1e-9, cv::norm(whole));
    };
    constexpr std::size_t letters_max = 40;
    while (line.size() < letters_max) {
        const auto next = next_in_line(marks, near, line.back(), direction());
        if (!next) break;
        line.push_back(*next);
    }
    while (line.size() < letters_max) {
        const auto before = next_in_line(marks, near, line.front(), -direction());
        if (!before) break;
        line.insert(line.begin(), *before);
    }
    return line;
}

/// Whether the marks are as even as letters: the ink's height little more than one mark's.
bool even(const TextLine& line, const std::vector<Mark>& marks, const std::vector<std::size_t>& members) {
    std::vector<int> heights;
    for (const auto i : members) heights.push_back(marks[i].box.height);
    const auto middle = heights.begin() + static_cast<std::ptrdiff_t>(heights.size() / 2);
    std::ranges::nth_element(heights, middle);
    constexpr double unevenness_max = 1.7; // an ascender and a descender on small letters
    return line.height < unevenness_max * *middle;
}

/// Every line once, the longest first; a mark belongs to the first line that takes it.
std::vector<std::vector<std::size_t>> lines_among(const std::vector<Mark>& marks) {
    const auto near = neighbours_of(marks);
    std::vector<std::vector<std::size_t>> candidates;
    for (std::size_t i = 0; i < marks.size(); ++i) {
        for (const auto j : near[i]) {
            const cv::Point2d step = marks[j].centre - marks[i].centre;
            if (step.x <= 0 || std::abs(std::atan2(step.y, step.x)) > tilt_max) continue;
            auto line = line_through(marks, near, i, j);
            if (line.size() >= letters_min) candidates.push_back(std::move(line));
        }
    }
    std::ranges::stable_sort(candidates, std::ranges::greater{}, [](const auto& line) { return line.size(); });
    std::vector<bool> taken(marks.size(), false);
    std::vector<std::vector<std::size_t>> lines;
    for (auto& line : candidates) {
        if (std::ranges::any_of(line, [&](std::size_t i) { return taken[i]; })) continue;
        for (const auto i : line) taken[i] = true;
        lines.push_back(std::move(line));
    }
    return lines;
}

/// The rectangle around the line's ink, turned into its direction.
TextLine rectangle_around(const Marks& found, const std::vector<std::size_t>& line, bool light) {
    std::vector<cv::Point2f> centres;
    for (const auto i : line) centres.emplace_back(found.marks[i].centre);
    cv::Vec4f fitted;
    cv::fitLine(centres, fitted, cv::DIST_L1, 0, 0.01, 0.01);
    cv::Point2d along(fitted[0], fitted[1]);
    if (along.x < 0) along = -along;
    const cv::Point2d down(-along.y, along.x);
    double u_min = 1e9;
    double u_max = -1e9;
    double v_min = 1e9;
    double v_max = -1e9;
    for (const auto i : line) {
        const auto& mark = found.marks[i];
        for (int y = mark.box.y; y < mark.box.y + mark.box.height; ++y) {
            for (int x = mark.box.x; x < mark.box.x + mark.box.width; ++x) {
                if (found.labels.at<int>(y, x) != mark.label) continue;
                const cv::Point2d at(x + 0.5, y + 0.5);
                u_min = std::min(u_min, at.dot(along));
                u_max = std::max(u_max, at.dot(along));
                v_min = std::min(v_min, at.dot(down));
                v_max = std::max(v_max, at.dot(down));
            }
        }
    }
    const cv::Point2d centre = along * ((u_min + u_max) / 2) + down * ((v_min + v_max) / 2);
    const double angle = std::atan2(along.y, along.x) * 180.0 / std::numbers::pi;
    return {centre.x, centre.y, u_max - u_min + 1, v_max - v_min + 1, angle, light, static_cast<int>(line.size())};
}

std::vector<TextLine> lines_at(const cv::Mat& grey) {
    cv::Mat surroundings;
    cv::blur(grey, surroundings, {window, window});
    std::vector<TextLine> lines;
    for (const bool light : {false, true}) {
        const auto found = marks_of(grey, surroundings, light);
        if (found.marks.size() > marks_max) continue;
        for (const auto& members : lines_among(found.marks)) {
            const auto line = rectangle_around(found, members, light);
            if (even(line, found.marks, members)) lines.push_back(line);
        }
    }
    return lines;
}

/// Whether `b` stands where `a` does.
bool cover_each_other(const TextLine& a, const TextLine& b) {
    const cv::RotatedRect ra({float(a.x), float(a.y)}, {float(a.length), float(a.height)}, float(a.angle));
    const cv::RotatedRect rb({float(b.x), float(b.y)}, {float(b.length), float(b.height)}, float(b.angle));
    std::vector<cv::Point2f> common;
    if (cv::rotatedRectangleIntersection(ra, rb, common) == cv::INTERSECT_NONE || common.size() < 3) return false;
    std::vector<cv::Point2f> hull;
    cv::convexHull(common, hull);
    return cv::contourArea(hull) > 0.5 * std::min(a.length * a.height, b.length * b.height);
}

/// Large letters and many of them are the likeliest to be legible and to name the thing.
double promise(const TextLine& line) {
    return std::min(line.letters, 12) * std::min(line.height, 60.0);
}

} // namespace

std::vector<TextLine> find_text_lines(const Picture& picture, int lines_max) {
    if (std::min(picture.width, picture.height) < height_min) return {};
    const cv::Mat rgb(picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data()));
    cv::Mat grey;
    cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
    const double fine = std::min(enlargement_max, side_wanted / std::max(grey.cols, grey.rows));
    std::vector<TextLine> all;
    for (const double scale : {fine, fine / 2}) {
        if (std::min(grey.cols, grey.rows) * scale < height_min) continue;
        cv::Mat sized;
        cv::resize(grey, sized, {}, scale, scale, scale < 1.0 ? cv::INTER_AREA : cv::INTER_CUBIC);
        for (auto& line : lines_at(sized)) {
            all.push_back({line.x / scale, line.y / scale, line.length / scale, line.height / scale, line.angle,
                           line.light, line.letters});
        }
    }
    std::ranges::stable_sort(all, std::ranges::greater{}, promise);
    std::vector<TextLine> lines;
    for (const auto& line : all) {
        if (lines.size() == static_cast<std::size_t>(std::max(0, lines_max))) break;
        if (std::ranges::none_of(lines, [&](const TextLine& kept) { return cover_each_other(kept, line); })) {
            lines.push_back(line);
        }
    }
    return lines;
}

} // namespace vitrine
