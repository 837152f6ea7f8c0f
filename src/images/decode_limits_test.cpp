#include "images/codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "images/test_pictures.hpp"

namespace vitrine {
namespace {

using testing::HasSubstr;

// Writes a height and width into a JPEG's frame header, found by its marker's second byte.
std::string with_frame_size(std::string jpeg, char marker, int side) {
    const auto at = jpeg.find(std::string{'\xFF', marker});
    for (const std::size_t field : {at + 5, at + 7}) {
        jpeg.at(field) = static_cast<char>(side >> 8);
        jpeg.at(field + 1) = static_cast<char>(side & 0xFF);
    }
    return jpeg;
}

TEST(DecodeLimits, ALargePictureIsReducedToTheLongerSide) {
    const auto picture = quadrants(640, 480);
    for (const auto* const format : {".jpg[Q=90]", ".png", ".webp[Q=90]", ".gif", ".tif"}) {
        const auto decoded = decode(file_of(picture, format), {.side_max = 100});
        EXPECT_EQ(decoded.header.width, 640) << format;
        EXPECT_EQ(decoded.picture.width, 100) << format;
        EXPECT_EQ(decoded.picture.height, 75) << format;
        EXPECT_LT(mean_difference(decoded.picture, quadrants(100, 75)), 4.0) << format;
    }
}

TEST(DecodeLimits, AReducedPictureIsUprightToo) {
    const auto decoded = decode(turned_file(quadrants(640, 480), 6, ".jpg[Q=95]"), {.side_max = 100});
    EXPECT_LT(mean_difference(decoded.picture, quadrants(100, 75)), 4.0);
}

TEST(DecodeLimits, AJpegMayComeATenthSmallerThanAskedFor) {
    const auto file = file_of(quadrants(640, 480), ".jpg[Q=90]");
    EXPECT_EQ(decode(file, {.side_max = 330}).picture.width, 320);
    EXPECT_EQ(decode(file, {.side_max = 360}).picture.width, 360);
}

TEST(DecodeLimits, AVeryThinPictureKeepsARow) {
    const auto decoded = decode(file_of(quadrants(6000, 2), ".png"), {.side_max = 100});
    EXPECT_EQ(decoded.picture.width, 100);
    EXPECT_EQ(decoded.picture.height, 1);
}

TEST(DecodeLimits, MoreBytesThanAllowedAreRefusedUnread) {
    const std::string bytes(1001, 'x');
    refusal([&] { decode(bytes, {.bytes_max = 1000}); }, ErrorCode::TooLarge);
    refusal([&] { read_header(bytes, {.bytes_max = 1000}); }, ErrorCode::TooLarge);
}

TEST(DecodeLimits, MorePixelsThanAllowedAreRefusedByWhatTheHeaderSays) {
    const auto file = file_of(quadrants(64, 48), ".png");
    EXPECT_THAT(refusal([&] { decode(file, {.pixels_max = 64 * 48 - 1}); }, ErrorCode::TooLarge), HasSubstr("64x48"));
    EXPECT_EQ(decode(file, {.pixels_max = 64 * 48}).header.width, 64);
}

TEST(DecodeLimits, AProgressiveJpegIsHeldWholeAndSoMayHaveFewerPixels) {
    const auto picture = quadrants(64, 48);
    const auto baseline = with_frame_size(file_of(picture, ".jpg"), '\xC0', 9000);
    const auto progressive = with_frame_size(file_of(picture, ".jpg[interlace]"), '\xC2', 9000);
    EXPECT_EQ(read_header(baseline, default_limits).width, 9000);
    EXPECT_THAT(refusal([&] { read_header(progressive, default_limits); }, ErrorCode::TooLarge), HasSubstr("50000000"));
}

TEST(DecodeLimits, APictureOfAFewPixelsWidthIsReducedToAtLeastOne) {
    for (const auto* const format : {".jpg", ".png", ".webp"}) {
        for (const int width : {1, 2, 3, 5, 7, 8, 9, 15}) {
            for (const int height : {9'000, 16'000}) {
                const auto file = file_of(quadrants(width, height), format);
                for (const int side_max : {4096, 512, 64}) {
                    const DecodeLimits limits{.side_max = side_max};
                    const auto tall = decode(file, limits).picture;
                    EXPECT_GE(tall.width, 1) << format << " " << width << "x" << height;
                    EXPECT_LE(tall.height, side_max) << format << " " << width << "x" << height;
                    EXPECT_EQ(tall.rgb.size(), std::size_t(tall.width) * std::size_t(tall.height) * 3);
                }
            }
        }
    }
}

} // namespace
} // namespace vitrine
