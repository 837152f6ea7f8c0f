#include "images/codec.hpp"

#include <gtest/gtest.h>

#include "images/test_pictures.hpp"

namespace vitrine {
namespace {

TEST(EncodeJpeg, GivesAPictureThatReadsBack) {
    const auto picture = quadrants(64, 48);
    EXPECT_LT(mean_difference(decode(encode_jpeg(picture, 95), default_limits).picture, picture), 3.0);
}

TEST(EncodeJpeg, CarriesNoMetadataAtAll) {
    const auto jpeg =
        encode_jpeg(decode(turned_file(quadrants(64, 48), 6, ".jpg[profile=p3]"), default_limits).picture);
    for (const auto* const trace : {"Exif", "ICC_PROFILE", "http://ns.adobe.com", "Photoshop"}) {
        EXPECT_EQ(jpeg.find(trace), std::string::npos) << trace;
    }
}

TEST(EncodeJpeg, WhatJpegCannotHoldIsRefused) {
    refusal([] { encode_jpeg(quadrants(8, 8), 0); }, ErrorCode::BadInput);
    refusal([] { encode_jpeg(quadrants(8, 8), 101); }, ErrorCode::BadInput);
    refusal([] { encode_jpeg(Picture{}); }, ErrorCode::BadInput);
    refusal([] { encode_jpeg(quadrants(70'000, 1)); }, ErrorCode::BadInput);
}

TEST(Thumbnail, HasTheLongerSideAskedFor) {
    const auto small = thumbnail(quadrants(640, 480), 32);
    EXPECT_EQ(small.width, 32);
    EXPECT_EQ(small.height, 24);
    expect_near(pixel(small, 5, 5), {220, 30, 30}, 2);
    expect_near(pixel(small, 28, 20), {150, 150, 150}, 2);
}

TEST(Thumbnail, NeverEnlarges) {
    const auto picture = quadrants(20, 10);
    EXPECT_EQ(thumbnail(picture, 20).rgb, picture.rgb);
    EXPECT_EQ(thumbnail(picture, 500).rgb, picture.rgb);
}

TEST(Thumbnail, OfNoSizeIsRefused) {
    refusal([] { thumbnail(quadrants(8, 8), 0); }, ErrorCode::BadInput);
}

} // namespace
} // namespace vitrine
