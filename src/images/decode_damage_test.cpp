#include "images/codec.hpp"

#include <gtest/gtest.h>

#include "images/test_pictures.hpp"

namespace vitrine {
namespace {

TEST(DecodeDamage, ACutJpegIsPartialAndItsBeginningIsThere) {
    const auto picture = quadrants(640, 480);
    const auto file = file_of(picture, ".jpg[Q=95]");
    const auto decoded = decode(file.substr(0, file.size() * 3 / 4), default_limits);
    EXPECT_TRUE(decoded.partial);
    expect_near(pixel(decoded.picture, 10, 10), {220, 30, 30}, 4);
    expect_near(pixel(decoded.picture, 630, 10), {30, 180, 60}, 4);
}

TEST(DecodeDamage, ACutPngIsPartialToo) {
    auto picture = quadrants(640, 480);
    for (std::size_t i = 0; i < picture.rgb.size(); i += 7) {
        picture.rgb[i] = static_cast<std::uint8_t>(i * 31 % 251); // or it would compress to nothing
    }
    const auto file = file_of(picture, ".png");
    const auto decoded = decode(file.substr(0, file.size() / 2), default_limits);
    EXPECT_TRUE(decoded.partial);
    EXPECT_EQ(pixel(decoded.picture, 10, 10), pixel(picture, 10, 10));
}

TEST(DecodeDamage, EveryCutOfEveryKindIsDecodedOrRefusedAsBadInput) {
    for (const auto* const format :
         {".jpg", ".jpg[interlace]", ".png", ".png[interlace]", ".webp", ".webp[lossless]", ".gif", ".tif"}) {
        const auto file = file_of(quadrants(40, 30), format);
        for (std::size_t length = 16; length < file.size(); ++length) {
            try {
                const auto decoded = decode(std::string_view(file).substr(0, length), default_limits);
                EXPECT_EQ(decoded.picture.rgb.size(), 40U * 30U * 3U) << format << " cut to " << length;
            } catch (const Error& error) {
                EXPECT_EQ(error.code(), ErrorCode::BadInput) << format << " cut to " << length << ": " << error.what();
            }
        }
    }
}

TEST(DecodeDamage, BytesAfterThePictureDoNotCount) {
    const auto picture = quadrants(64, 48);
    const auto decoded = decode(file_of(picture, ".jpg[Q=95]") + "PK\x03\x04 and more", default_limits);
    EXPECT_FALSE(decoded.partial);
    EXPECT_LT(mean_difference(decoded.picture, picture), 3.0);
}

TEST(DecodeDamage, OtherContentIsUnsupportedWhateverItSays) {
    refusal([] { decode("<svg width='10' height='10'/>", default_limits); }, ErrorCode::Unsupported);
    refusal([] { decode("just text", default_limits); }, ErrorCode::Unsupported);
    refusal([] { decode("", default_limits); }, ErrorCode::BadInput);
    refusal([] { read_header("\xFF\xD8\xFF", default_limits); }, ErrorCode::BadInput);
}

} // namespace
} // namespace vitrine
