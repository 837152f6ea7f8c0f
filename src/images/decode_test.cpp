#include "images/codec.hpp"

#include <thread>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "images/test_pictures.hpp"

namespace vitrine {
namespace {

template <class Operation>
VipsImagePtr made(const Operation& operation) {
    auto image = vips_made(operation);
    if (!image) throw std::logic_error("the test's own picture could not be made");
    return std::move(*image);
}

// One colour in `bands` bands of `format`, named as `meaning`.
VipsImagePtr plain(const std::vector<double>& colour, VipsInterpretation meaning,
                   VipsBandFormat format = VIPS_FORMAT_UCHAR) {
    use_vips();
    const auto black = made(
        [&](VipsImage** out) { return vips_black(out, 32, 32, "bands", static_cast<int>(colour.size()), nullptr); });
    const std::vector<double> one(colour.size(), 1.0);
    const auto filled = made([&](VipsImage** out) {
        return vips_linear(black.get(), out, one.data(), colour.data(), static_cast<int>(colour.size()), nullptr);
    });
    const auto cast = made([&](VipsImage** out) { return vips_cast(filled.get(), out, format, nullptr); });
    return made([&](VipsImage** out) { return vips_copy(cast.get(), out, "interpretation", meaning, nullptr); });
}

Pixel middle(const std::string& file) {
    const auto picture = decode(file, default_limits).picture;
    return pixel(picture, picture.width / 2, picture.height / 2);
}

TEST(Decode, EveryAcceptedKindComesOutAsItWentIn) {
    const auto picture = quadrants(64, 48);
    const std::vector<std::pair<const char*, std::string>> kinds{
        {".jpg[Q=95]", "image/jpeg"},
        {".png", "image/png"},
        {".webp[lossless]", "image/webp"},
        {".gif", "image/gif"},
        {".tif[compression=lzw]", "image/tiff"},
    };
    for (const auto& [format, media_type] : kinds) {
        const auto decoded = decode(file_of(picture, format), default_limits);
        EXPECT_EQ(decoded.header.media_type, media_type);
        EXPECT_EQ(decoded.header.width, 64);
        EXPECT_EQ(decoded.header.height, 48);
        EXPECT_FALSE(decoded.partial) << format;
        EXPECT_LT(mean_difference(decoded.picture, picture), 3.0) << format;
    }
}

TEST(Decode, EveryExifOrientationComesUpright) {
    const auto upright = quadrants(64, 48);
    for (const auto* const format : {".jpg[Q=95]", ".tif", ".webp[lossless]"}) {
        for (int orientation = 1; orientation <= 8; ++orientation) {
            const auto decoded = decode(turned_file(upright, orientation, format), default_limits);
            EXPECT_EQ(decoded.header.width, 64);
            EXPECT_LT(mean_difference(decoded.picture, upright), 3.0) << format << " orientation " << orientation;
        }
    }
}

TEST(Decode, AnOrientationThatExifDoesNotKnowIsIgnored) {
    const auto upright = quadrants(64, 48);
    use_vips();
    const auto image = vips_image_of(upright);
    vips_image_set_int(image.get(), VIPS_META_ORIENTATION, 99);
    EXPECT_LT(mean_difference(decode(file_of(image.get(), ".jpg[Q=95]"), default_limits).picture, upright), 3.0);
}

TEST(Decode, TransparencyIsLaidOnWhite) {
    EXPECT_EQ(middle(file_of(plain({200, 0, 0, 0}, VIPS_INTERPRETATION_sRGB).get(), ".png")), (Pixel{255, 255, 255}));
    expect_near(middle(file_of(plain({200, 0, 0, 128}, VIPS_INTERPRETATION_sRGB).get(), ".png")), {227, 127, 127}, 2);
    expect_near(middle(file_of(plain({0, 128}, VIPS_INTERPRETATION_B_W).get(), ".png")), {127, 127, 127}, 2);
    expect_near(middle(file_of(plain({51400, 0, 0, 0}, VIPS_INTERPRETATION_RGB16, VIPS_FORMAT_USHORT).get(), ".png")),
                {255, 255, 255}, 0);
}

TEST(Decode, ColoursHiddenUnderTransparencyDoNotBleedWhenReduced) {
    const auto file = file_of(plain({0, 0, 0, 0}, VIPS_INTERPRETATION_sRGB).get(), ".png");
    const auto reduced = decode(file, {.side_max = 5}).picture;
    EXPECT_THAT(reduced.rgb, testing::Each(255));
}

TEST(Decode, GreyAndSixteenBitsBecomeThreeChannelsOfEight) {
    EXPECT_EQ(middle(file_of(plain({77}, VIPS_INTERPRETATION_B_W).get(), ".png")), (Pixel{77, 77, 77}));
    expect_near(middle(file_of(plain({77}, VIPS_INTERPRETATION_B_W).get(), ".jpg")), {77, 77, 77}, 1);
    EXPECT_EQ(middle(file_of(plain({77 * 257}, VIPS_INTERPRETATION_GREY16, VIPS_FORMAT_USHORT).get(), ".png")),
              (Pixel{77, 77, 77}));
    EXPECT_EQ(middle(file_of(plain({10 * 257, 20 * 257, 30 * 257}, VIPS_INTERPRETATION_RGB16, VIPS_FORMAT_USHORT).get(),
                             ".png")),
              (Pixel{10, 20, 30}));
    EXPECT_EQ(middle(file_of(plain({10 * 257, 20 * 257, 30 * 257}, VIPS_INTERPRETATION_RGB16, VIPS_FORMAT_USHORT).get(),
                             ".tif")),
              (Pixel{10, 20, 30}));
}

TEST(Decode, APaletteBecomesColours) {
    const auto picture = quadrants(64, 48);
    EXPECT_LT(mean_difference(decode(file_of(picture, ".png[palette]"), default_limits).picture, picture), 3.0);
}

TEST(Decode, CmykWithoutAProfileLooksAsInABrowser) {
    // Inks of 0 cyan, 128 magenta, 255 yellow, 51 black of 255.
    const auto file =
        file_of(plain({0, 128, 255, 51}, VIPS_INTERPRETATION_CMYK).get(), ".jpg[Q=100,profile=none,strip]");
    expect_near(middle(file), {204, 102, 0}, 3);
}

TEST(Decode, AnEmbeddedColourProfileIsFollowed) {
    // Display P3's (200, 100, 50) is a stronger orange than sRGB's; computed from the two spaces' matrices.
    const auto p3 = plain({200, 100, 50}, VIPS_INTERPRETATION_sRGB);
    expect_near(middle(file_of(p3.get(), ".png[profile=p3]")), {215, 93, 31}, 3);
    expect_near(middle(file_of(p3.get(), ".png")), {200, 100, 50}, 0);
}

TEST(Decode, ADamagedColourProfileIsPassedOver) {
    const auto image = plain({200, 100, 50}, VIPS_INTERPRETATION_sRGB);
    const std::string nonsense(500, 'x');
    vips_image_set_blob_copy(image.get(), VIPS_META_ICC_NAME, nonsense.data(), nonsense.size());
    for (const auto* const format : {".tif", ".webp[lossless]"}) {
        EXPECT_EQ(middle(file_of(image.get(), format)), (Pixel{200, 100, 50})) << format;
    }
}

TEST(Decode, OfAnAnimationTheFirstFrameIsSeen) {
    const auto red = plain({255, 0, 0}, VIPS_INTERPRETATION_sRGB);
    const auto blue = plain({0, 0, 255}, VIPS_INTERPRETATION_sRGB);
    std::array<VipsImage*, 2> frames{red.get(), blue.get()};
    const auto film =
        made([&](VipsImage** out) { return vips_arrayjoin(frames.data(), out, 2, "across", 1, nullptr); });
    vips_image_set_int(film.get(), VIPS_META_PAGE_HEIGHT, 32);
    for (const auto* const format : {".gif", ".webp[lossless]"}) {
        const auto decoded = decode(file_of(film.get(), format), default_limits);
        EXPECT_EQ(decoded.picture.height, 32) << format;
        expect_near(pixel(decoded.picture, 16, 16), {255, 0, 0}, 2);
    }
}

TEST(Decode, ManyThreadsDecodeAtOnce) {
    const auto file = file_of(quadrants(300, 200), ".jpg[Q=90]");
    const auto expected = decode(file, default_limits).picture;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            for (int repeat = 0; repeat < 20; ++repeat) {
                EXPECT_EQ(decode(file, default_limits).picture.rgb, expected.rgb);
            }
        });
    }
}

} // namespace
} // namespace vitrine
