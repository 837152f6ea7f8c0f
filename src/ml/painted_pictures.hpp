#pragma once

// Pictures that tests paint pixel by pixel. For the tests of this floor alone.

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "images/picture.hpp"

namespace vitrine {

using Rgb = std::array<std::uint8_t, 3>;

/// A picture whose pixel at (x, y) is `colour(x, y)`.
template <class Colour>
Picture painted(int width, int height, const Colour& colour) {
    Picture picture{width, height, {}};
    picture.rgb.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const Rgb rgb = colour(x, y);
            picture.rgb.insert(picture.rgb.end(), rgb.begin(), rgb.end());
        }
    }
    return picture;
}

inline Picture plain(int width, int height, const Rgb& rgb) {
    return painted(width, height, [&](int, int) { return rgb; });
}

inline Picture noise(int width, int height, unsigned seed) {
    std::mt19937 random(seed);
    return painted(width, height, [&](int, int) {
        const auto bits = random();
        return Rgb{std::uint8_t(bits), std::uint8_t(bits >> 8), std::uint8_t(bits >> 16)};
    });
}

struct NamedPicture {
    std::string name;
    Picture picture;
};

/// What breaks careless code: sizes of one pixel, extreme shapes, no contrast, nothing but contrast.
inline std::vector<NamedPicture> odd_pictures() {
    const auto chequered = [](int x, int y) { return (x + y) % 2 == 0 ? Rgb{0, 0, 0} : Rgb{255, 255, 255}; };
    return {{"1 x 1", plain(1, 1, {200, 30, 30})},
            {"2 x 3", plain(2, 3, {0, 255, 0})},
            {"6000 x 2", noise(6000, 2, 1)},
            {"2 x 6000", noise(2, 6000, 2)},
            {"6000 x 20", noise(6000, 20, 3)},
            {"black", plain(320, 240, {0, 0, 0})},
            {"white", plain(320, 240, {255, 255, 255})},
            {"noise", noise(320, 240, 4)},
            {"small noise", noise(17, 23, 5)},
            {"chequers of one pixel", painted(200, 200, chequered)}};
}

} // namespace vitrine
