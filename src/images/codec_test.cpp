#include "images/codec.hpp"

#include <array>
#include <cmath>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "images/vips_image.hpp"

namespace vitrine {
namespace {

using testing::HasSubstr;
using Pixel = std::array<int, 3>;

constexpr DecodeLimits no_limits{};

// ---- pictures and files to test with

// Four quadrants, red, green, blue and grey, so that every turn and flip shows.
Picture quadrants(int width, int height) {
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

Pixel pixel(const Picture& picture, int x, int y) {
    const auto* const at = picture.row(y) + std::size_t(x) * 3;
    return {at[0], at[1], at[2]};
}

double mean_difference(const Picture& a, const Picture& b) {
    if (a.width != b.width || a.height != b.height) return 255.0;
    double sum = 0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i) {
        sum += std::abs(a.rgb[i] - b.rgb[i]);
    }
    return sum / static_cast<double>(a.rgb.size());
}

void expect_near(const Pixel& seen, const Pixel& expected, int tolerance) {
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_NEAR(seen[i], expected[i], tolerance) << "channel " << i;
    }
}

template <class Operation>
VipsImagePtr made(const Operation& operation) {
    auto image = vips_made(operation);
    if (!image) throw std::logic_error("the test's own picture could not be made");
    return std::move(*image);
}

// `format` as libvips takes it: ".jpg[Q=90,interlace]".
std::string file_of(VipsImage* image, const char* format) {
    void* bytes = nullptr;
    std::size_t size = 0;
    if (vips_image_write_to_buffer(image, format, &bytes, &size, nullptr) != 0) {
        throw std::logic_error(vips_error_buffer());
    }
    std::string file(static_cast<const char*>(bytes), size);
    g_free(bytes);
    return file;
}

std::string file_of(const Picture& picture, const char* format) {
    use_vips();
    return file_of(vips_image_of(picture).get(), format);
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
    const auto picture = decode(file, no_limits).picture;
    return pixel(picture, picture.width / 2, picture.height / 2);
}

// How a camera stores `upright` when it writes this EXIF orientation (EXIF 2.32, tag 0x0112).
Picture stored_with(const Picture& upright, int orientation) {
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

std::string turned_file(const Picture& upright, int orientation, const char* format) {
    use_vips();
    const auto stored = stored_with(upright, orientation);
    const auto image = vips_image_of(stored);
    vips_image_set_int(image.get(), VIPS_META_ORIENTATION, orientation);
    return file_of(image.get(), format);
}

// Writes a height and width into a JPEG's frame header, found by its marker's second byte.
std::string with_frame_size(std::string jpeg, char marker, int side) {
    const auto at = jpeg.find(std::string{'\xFF', marker});
    for (const std::size_t field : {at + 5, at + 7}) {
        jpeg.at(field) = static_cast<char>(side >> 8);
        jpeg.at(field + 1) = static_cast<char>(side & 0xFF);
    }
    return jpeg;
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

// ---- what is read

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
        const auto decoded = decode(file_of(picture, format), no_limits);
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
            const auto decoded = decode(turned_file(upright, orientation, format), no_limits);
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
    EXPECT_LT(mean_difference(decode(file_of(image.get(), ".jpg[Q=95]"), no_limits).picture, upright), 3.0);
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
    EXPECT_LT(mean_difference(decode(file_of(picture, ".png[palette]"), no_limits).picture, picture), 3.0);
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
        const auto decoded = decode(file_of(film.get(), format), no_limits);
        EXPECT_EQ(decoded.picture.height, 32) << format;
        expect_near(pixel(decoded.picture, 16, 16), {255, 0, 0}, 2);
    }
}

TEST(Decode, ManyThreadsDecodeAtOnce) {
    const auto file = file_of(quadrants(300, 200), ".jpg[Q=90]");
    const auto expected = decode(file, no_limits).picture;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            for (int repeat = 0; repeat < 20; ++repeat) {
                EXPECT_EQ(decode(file, no_limits).picture.rgb, expected.rgb);
            }
        });
    }
}

// ---- limits

TEST(Decode, ALargePictureIsReducedToTheLongerSide) {
    const auto picture = quadrants(640, 480);
    for (const auto* const format : {".jpg[Q=90]", ".png", ".webp[Q=90]", ".gif", ".tif"}) {
        const auto decoded = decode(file_of(picture, format), {.side_max = 100});
        EXPECT_EQ(decoded.header.width, 640) << format;
        EXPECT_EQ(decoded.picture.width, 100) << format;
        EXPECT_EQ(decoded.picture.height, 75) << format;
        EXPECT_LT(mean_difference(decoded.picture, quadrants(100, 75)), 4.0) << format;
    }
}

TEST(Decode, AReducedPictureIsUprightToo) {
    const auto decoded = decode(turned_file(quadrants(640, 480), 6, ".jpg[Q=95]"), {.side_max = 100});
    EXPECT_LT(mean_difference(decoded.picture, quadrants(100, 75)), 4.0);
}

TEST(Decode, AJpegMayComeATenthSmallerThanAskedFor) {
    const auto file = file_of(quadrants(640, 480), ".jpg[Q=90]");
    EXPECT_EQ(decode(file, {.side_max = 330}).picture.width, 320);
    EXPECT_EQ(decode(file, {.side_max = 360}).picture.width, 360);
}

TEST(Decode, AVeryThinPictureKeepsARow) {
    const auto decoded = decode(file_of(quadrants(6000, 2), ".png"), {.side_max = 100});
    EXPECT_EQ(decoded.picture.width, 100);
    EXPECT_EQ(decoded.picture.height, 1);
}

TEST(Decode, MoreBytesThanAllowedAreRefusedUnread) {
    const std::string bytes(1001, 'x');
    refusal([&] { decode(bytes, {.bytes_max = 1000}); }, ErrorCode::TooLarge);
    refusal([&] { read_header(bytes, {.bytes_max = 1000}); }, ErrorCode::TooLarge);
}

TEST(Decode, MorePixelsThanAllowedAreRefusedByWhatTheHeaderSays) {
    const auto file = file_of(quadrants(64, 48), ".png");
    EXPECT_THAT(refusal([&] { decode(file, {.pixels_max = 64 * 48 - 1}); }, ErrorCode::TooLarge), HasSubstr("64x48"));
    EXPECT_EQ(decode(file, {.pixels_max = 64 * 48}).header.width, 64);
}

TEST(Decode, AProgressiveJpegIsHeldWholeAndSoMayHaveFewerPixels) {
    const auto picture = quadrants(64, 48);
    const auto baseline = with_frame_size(file_of(picture, ".jpg"), '\xC0', 9000);
    const auto progressive = with_frame_size(file_of(picture, ".jpg[interlace]"), '\xC2', 9000);
    EXPECT_EQ(read_header(baseline, no_limits).width, 9000);
    EXPECT_THAT(refusal([&] { read_header(progressive, no_limits); }, ErrorCode::TooLarge), HasSubstr("50000000"));
}

// ---- damaged files

TEST(Decode, ACutJpegIsPartialAndItsBeginningIsThere) {
    const auto picture = quadrants(640, 480);
    const auto file = file_of(picture, ".jpg[Q=95]");
    const auto decoded = decode(file.substr(0, file.size() * 3 / 4), no_limits);
    EXPECT_TRUE(decoded.partial);
    expect_near(pixel(decoded.picture, 10, 10), {220, 30, 30}, 4);
    expect_near(pixel(decoded.picture, 630, 10), {30, 180, 60}, 4);
}

TEST(Decode, ACutPngIsPartialToo) {
    auto picture = quadrants(640, 480);
    for (std::size_t i = 0; i < picture.rgb.size(); i += 7) {
        picture.rgb[i] = static_cast<std::uint8_t>(i * 31 % 251); // or it would compress to nothing
    }
    const auto file = file_of(picture, ".png");
    const auto decoded = decode(file.substr(0, file.size() / 2), no_limits);
    EXPECT_TRUE(decoded.partial);
    EXPECT_EQ(pixel(decoded.picture, 10, 10), pixel(picture, 10, 10));
}

TEST(Decode, EveryCutOfEveryKindIsDecodedOrRefusedAsBadInput) {
    for (const auto* const format :
         {".jpg", ".jpg[interlace]", ".png", ".png[interlace]", ".webp", ".webp[lossless]", ".gif", ".tif"}) {
        const auto file = file_of(quadrants(40, 30), format);
        for (std::size_t length = 16; length < file.size(); ++length) {
            try {
                const auto decoded = decode(std::string_view(file).substr(0, length), no_limits);
                EXPECT_EQ(decoded.picture.rgb.size(), 40U * 30U * 3U) << format << " cut to " << length;
            } catch (const Error& error) {
                EXPECT_EQ(error.code(), ErrorCode::BadInput) << format << " cut to " << length << ": " << error.what();
            }
        }
    }
}

TEST(Decode, BytesAfterThePictureDoNotCount) {
    const auto picture = quadrants(64, 48);
    const auto decoded = decode(file_of(picture, ".jpg[Q=95]") + "PK\x03\x04 and more", no_limits);
    EXPECT_FALSE(decoded.partial);
    EXPECT_LT(mean_difference(decoded.picture, picture), 3.0);
}

TEST(Decode, OtherContentIsUnsupportedWhateverItSays) {
    refusal([] { decode("<svg width='10' height='10'/>", no_limits); }, ErrorCode::Unsupported);
    refusal([] { decode("just text", no_limits); }, ErrorCode::Unsupported);
    refusal([] { decode("", no_limits); }, ErrorCode::BadInput);
    refusal([] { read_header("\xFF\xD8\xFF", no_limits); }, ErrorCode::BadInput);
}

// ---- writing and reducing

TEST(EncodeJpeg, GivesAPictureThatReadsBack) {
    const auto picture = quadrants(64, 48);
    EXPECT_LT(mean_difference(decode(encode_jpeg(picture, 95), no_limits).picture, picture), 3.0);
}

TEST(EncodeJpeg, CarriesNoMetadataAtAll) {
    const auto jpeg = encode_jpeg(decode(turned_file(quadrants(64, 48), 6, ".jpg[profile=p3]"), no_limits).picture);
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
