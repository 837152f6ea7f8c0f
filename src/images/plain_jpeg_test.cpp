#include "images/plain_jpeg.hpp"

#include <utility>

#include <gtest/gtest.h>

#include "images/picture_loader.hpp"
#include "images/test_pictures.hpp"
#include "images/upright_srgb.hpp"

namespace vitrine {
namespace {

/// Of odd size and with edges inside the blocks, so that a difference in any stage of the decoder shows.
Picture speckled() {
    Picture picture = quadrants(333, 251);
    for (std::size_t i = 0; i < picture.rgb.size(); i += 5) {
        picture.rgb[i] = static_cast<std::uint8_t>(i * 37 % 253);
    }
    return picture;
}

TEST(PlainJpeg, GivesThePixelsThatLibvipsGives) {
    for (const auto* const format : {".jpg[Q=85]", ".jpg[Q=95]", ".jpg[Q=60,optimize-coding]"}) {
        const auto file = file_of(speckled(), format);
        for (const int shrink : {1, 2, 4, 8}) {
            const auto plain = plain_jpeg_pixels(file, 333, 251, shrink);
            ASSERT_TRUE(plain) << format;
            const auto image = open_picture(PictureKind::Jpeg, file, {.scale = 1.0 / shrink});
            ASSERT_TRUE(image);
            const auto expected = upright_srgb(image->get(), 333);
            ASSERT_TRUE(expected);
            EXPECT_EQ(plain->width, expected->width) << format << " / " << shrink;
            EXPECT_EQ(plain->height, expected->height) << format << " / " << shrink;
            EXPECT_EQ(plain->rgb, expected->rgb) << format << " / " << shrink;
        }
    }
}

TEST(PlainJpeg, LeavesEveryOtherFileToLibvips) {
    const auto picture = quadrants(64, 48);
    EXPECT_FALSE(plain_jpeg_pixels(file_of(picture, ".jpg[interlace]"), 64, 48, 1)) << "progressive";
    const auto file = file_of(picture, ".jpg");
    EXPECT_FALSE(plain_jpeg_pixels(file, 64, 47, 1)) << "another size than was checked";
    EXPECT_FALSE(plain_jpeg_pixels(file_of(picture, ".png"), 64, 48, 1));
    for (std::size_t length = 0; length + 2 < file.size(); ++length) { // what lacks only its end mark is whole
        EXPECT_FALSE(plain_jpeg_pixels(std::string_view(file).substr(0, length), 64, 48, 1)) << "cut to " << length;
    }
}

std::optional<std::pair<int, int>> size_of(std::string_view file) {
    const auto size = plain_jpeg_size(file);
    return size ? std::optional(std::pair(size->width, size->height)) : std::nullopt;
}

TEST(PlainJpeg, TellsItsSizeWithoutLibvips) {
    EXPECT_EQ(size_of(file_of(speckled(), ".jpg[strip]")), std::pair(333, 251));
}

TEST(PlainJpeg, LeavesAHeaderThatSaysMoreThanTheSizeToLibvips) {
    const auto picture = quadrants(64, 48);
    EXPECT_FALSE(size_of(turned_file(picture, 6, ".jpg"))) << "it is to be turned";
    EXPECT_FALSE(size_of(file_of(picture, ".jpg[profile=p3]"))) << "its colours are not sRGB";
    EXPECT_FALSE(size_of(file_of(picture, ".jpg[strip,interlace]"))) << "it is held whole while it is decoded";
    EXPECT_FALSE(size_of(file_of(picture, ".png")));
    const auto file = file_of(picture, ".jpg[strip]");
    const auto pixels = file.find("\xFF\xDA"); // the start of the scan, with which the header ends
    ASSERT_NE(pixels, std::string::npos);
    for (std::size_t length = 0; length < pixels; ++length) {
        EXPECT_FALSE(size_of(std::string_view(file).substr(0, length))) << "cut to " << length;
    }
}

} // namespace
} // namespace vitrine
