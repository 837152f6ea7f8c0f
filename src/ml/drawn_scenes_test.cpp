#include "ml/drawn_scenes.hpp"

#include <algorithm>
#include <random>

namespace vitrine::scenes {
namespace {

std::uint8_t* pixel(Picture& picture, int x, int y) {
    return picture.rgb.data() + (std::size_t(y) * picture.width + x) * 3;
}

} // namespace

Picture plain(int width, int height, const Colour& colour) {
    Picture picture{width, height, std::vector<std::uint8_t>(std::size_t(width) * height * 3)};
    fill(picture, {0, 0, width, height}, colour);
    return picture;
}

Picture noise(int width, int height, std::uint32_t seed) {
    std::mt19937 random(seed);
    Picture picture{width, height, std::vector<std::uint8_t>(std::size_t(width) * height * 3)};
    for (auto& value : picture.rgb) value = static_cast<std::uint8_t>(random());
    return picture;
}

void fill(Picture& picture, const Box& box, const Colour& colour) {
    for (int y = box.y; y < box.y + box.h; ++y) {
        for (int x = box.x; x < box.x + box.w; ++x) std::ranges::copy(colour, pixel(picture, x, y));
    }
}

void fill_with_blobs(Picture& picture, const Box& box, std::uint32_t seed) {
    std::mt19937 random(seed);
    std::array<Colour, 5> colours{};
    for (auto& colour : colours) {
        for (auto& channel : colour) channel = static_cast<std::uint8_t>(random());
    }
    fill(picture, box, colours[0]);
    const int count = box.w * box.h / 250;
    for (int i = 0; i < count; ++i) {
        const int radius = 4 + static_cast<int>(random() % 12);
        const int cx = box.x + static_cast<int>(random() % static_cast<unsigned>(box.w));
        const int cy = box.y + static_cast<int>(random() % static_cast<unsigned>(box.h));
        const Colour colour = colours[random() % colours.size()];
        for (int y = std::max(box.y, cy - radius); y < std::min(box.y + box.h, cy + radius); ++y) {
            for (int x = std::max(box.x, cx - radius); x < std::min(box.x + box.w, cx + radius); ++x) {
                const bool inside = (x - cx) * (x - cx) + (y - cy) * (y - cy) < radius * radius;
                if (inside) std::ranges::copy(colour, pixel(picture, x, y));
            }
        }
    }
}

void add_noise(Picture& picture, int amount) {
    std::mt19937 random(1);
    for (auto& value : picture.rgb) {
        const int moved = value - amount + static_cast<int>(random() % static_cast<unsigned>(2 * amount + 1));
        value = static_cast<std::uint8_t>(std::clamp(moved, 0, 255));
    }
}

Picture mirrored(const Picture& picture) {
    Picture result = picture;
    for (int y = 0; y < picture.height; ++y) {
        for (int x = 0; x < picture.width; ++x) {
            std::copy_n(picture.row(y) + std::size_t(x) * 3, 3, pixel(result, picture.width - 1 - x, y));
        }
    }
    return result;
}

std::vector<Picture> odd_pictures() {
    return {plain(200, 200, black),    plain(200, 200, white), noise(200, 200, 3),
            plain(1, 1, {12, 200, 7}), plain(2, 1, white),     plain(6000, 2, {9, 9, 9}),
            noise(2, 6000, 4),         noise(3, 3, 5),         plain(15, 400, {1, 250, 3})};
}

} // namespace vitrine::scenes
