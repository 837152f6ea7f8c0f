#pragma once

// Pictures and files that the tests of this floor make for themselves.

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "images/codec.hpp"
#include "images/vips_image.hpp"

namespace vitrine {

using Pixel = std::array<int, 3>;

constexpr DecodeLimits default_limits{};

// Four quadrants, red, green, blue and grey, so that every turn and flip shows.
inline Picture quadrants(int width, int height) {
    Picture picture{width, height, {}};
    constexpr std::array<std::array<std::uint8_t, 3>, 4> colours{
        {{220, 30, 30}, {30, 180, 60}, {40, 60, 200}, {150, 150, 150}}};
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const auto& colour =
                colours[static_cast<std::size_t>((y >= height / 2 ? 2 : 0) + (x >= width / 2 ? 1 : 0))];
            picture.rgb.insert(picture.rgb.end(), colour.begin(), colour.end());
        }
    }
    return picture;
}

inline Pixel pixel(const Picture& picture, int x, int y) {
    const auto* const at = picture.row(y) + std::size_t(x) * 3;
    return {at[0], at[1], at[2]};
}

inline double mean_difference(const Picture& a, const Picture& b) {
    if (a.width != b.width || a.height != b.height) return 255.0;
    double sum = 0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i) {
        sum += std::abs(a.rgb[i] - b.rgb[i]);
    }
    return sum / static_cast<double>(a.rgb.size());
}

inline void expect_near(const Pixel& seen, const Pixel& expected, int tolerance) {
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_NEAR(seen[i], expected[i], tolerance) << "channel " << i;
    }
}

// `format` as libvips takes it: ".jpg[Q=90,interlace]".
inline std::string file_of(VipsImage* image, const char* format) {
    void* bytes = nullptr;
    std::size_t size = 0;
    if (vips_image_write_to_buffer(image, format, &bytes, &size, nullptr) != 0) {
        throw std::logic_error(vips_error_buffer());
    }
    std::string file(static_cast<const char*>(bytes), size);
    g_free(bytes);
    return file;
}

inline std::string file_of(const Picture& picture, const char* format) {
    use_vips();
    return file_of(vips_image_of(picture).get(), format);
}

// How a camera stores `upright` when it writes this EXIF orientation (EXIF 2.32, tag 0x0112).
inline Picture stored_with(const Picture& upright, int orientation) {
    const int w = upright.width;
    const int h = upright.height;
    const bool sideways = orientation >= 5;
    Picture stored{sideways ? h : w, sideways ? w : h, std::vector<std::uint8_t>(upright.rgb.size())};
    for (int y = 0; y < h; ++y) {
        for (int x = 0; x < w; ++x) {
            int to_x = x;
            int to_y = y;
            switch (orientation) {
            case 2: to_x = w - 1 - x; break;
            case 3:
                to_x = w - 1 - x;
                to_y = h - 1 - y;
                break;
            case 4: to_y = h - 1 - y; break;
            case 5:
                to_x = y;
                to_y = x;
                break;
            case 6:
                to_x = y;
                to_y = w - 1 - x;
                break;
            case 7:
                to_x = h - 1 - y;
                to_y = w - 1 - x;
                break;
            case 8:
                to_x = h - 1 - y;
                to_y = x;
                break;
            default: break;
            }
            std::copy_n(upright.row(y) + std::size_t(x) * 3, 3,
                        stored.rgb.begin() + (std::ptrdiff_t{to_y} * stored.width + to_x) * 3);
        }
    }
    return stored;
}

inline std::string turned_file(const Picture& upright, int orientation, const char* format) {
    use_vips();
    const auto stored = stored_with(upright, orientation);
    const auto image = vips_image_of(stored);
    vips_image_set_int(image.get(), VIPS_META_ORIENTATION, orientation);
    return file_of(image.get(), format);
}

template <class F>
std::string refusal(const F& call, ErrorCode expected) {
    try {
        call();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), expected) << error.what();
        return error.what();
    }
    ADD_FAILURE() << "nothing was refused";
    return {};
}

} // namespace vitrine
