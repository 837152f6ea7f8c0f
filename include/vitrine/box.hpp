#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>

namespace vitrine {

/// A detection box in whole pixels of the upright picture: top-left corner (x, y), width and height.
/// A box that stands for something has w > 0 and h > 0.
struct Box {
    int x = 0;
    int y = 0;
    int w = 0;
    int h = 0;

    friend auto operator<=>(const Box&, const Box&) = default;

    [[nodiscard]] std::int64_t area() const noexcept { return std::int64_t{w} * h; }

    /// Whether the box has an area and lies inside a picture of `width` x `height`.
    [[nodiscard]] bool fits(int width, int height) const noexcept {
        return x >= 0 && y >= 0 && w > 0 && h > 0 && x <= width - w && y <= height - h;
    }
};

/// The part of `a` inside `b`; w = h = 0 where they do not overlap.
inline Box intersection(const Box& a, const Box& b) noexcept {
    const int left = std::max(a.x, b.x);
    const int top = std::max(a.y, b.y);
    const int right = std::min(a.x + a.w, b.x + b.w);
    const int bottom = std::min(a.y + a.h, b.y + b.h);
    if (right <= left || bottom <= top) return {};
    return {left, top, right - left, bottom - top};
}

/// Intersection over union, in [0, 1]; 0 for two empty boxes.
inline double intersection_over_union(const Box& a, const Box& b) noexcept {
    const auto common = intersection(a, b).area();
    const auto all = a.area() + b.area() - common;
    return all > 0 ? static_cast<double>(common) / static_cast<double>(all) : 0.0;
}

} // namespace vitrine
