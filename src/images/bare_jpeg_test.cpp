#include "images/bare_jpeg.hpp"

#include <gtest/gtest.h>

#include "images/codec.hpp"
#include "images/test_pictures.hpp"

namespace vitrine {
namespace {

constexpr std::size_t after_start = 2; // the marker that every JPEG begins with

std::string with_segment(const std::string& file, char marker, const std::string& content) {
    const auto length = content.size() + 2;
    std::string segment{'\xff', marker, static_cast<char>(length >> 8), static_cast<char>(length & 0xff)};
    auto longer = file;
    return longer.insert(after_start, segment + content);
}

TEST(BareJpeg, IsOneThatHoldsItsPictureAlone) {
    const auto file = encode_jpeg(quadrants(64, 48), 90);
    EXPECT_TRUE(is_bare_jpeg(file));
    EXPECT_FALSE(is_bare_jpeg(with_segment(file, '\xe1', std::string("Exif\0\0MM", 8))))
        << "where and when it was taken";
    EXPECT_FALSE(is_bare_jpeg(with_segment(file, '\xed', "Photoshop 3.0")));
    EXPECT_FALSE(is_bare_jpeg(with_segment(file, '\xef', "anything")));
    EXPECT_FALSE(is_bare_jpeg(with_segment(file, '\xfe', "a comment")));
    EXPECT_FALSE(is_bare_jpeg(file + "PK\x03\x04")) << "an archive or a film that follows it";
    EXPECT_FALSE(is_bare_jpeg(file + file));
    EXPECT_FALSE(is_bare_jpeg(file + "\xff\xd9"));
    for (std::size_t length = 0; length < file.size(); ++length) {
        EXPECT_FALSE(is_bare_jpeg(file.substr(0, length))) << "cut to " << length;
    }
    EXPECT_FALSE(is_bare_jpeg(file_of(quadrants(64, 48), ".png")));
}

TEST(BareJpeg, DecodedWholeItStaysWithItsPixels) {
    const auto file = encode_jpeg(quadrants(64, 48), 90);
    const auto whole = decode(file, default_limits).picture;
    ASSERT_TRUE(whole.jpeg);
    EXPECT_EQ(*whole.jpeg, file);
    EXPECT_EQ(*cut(whole, {0, 0, 64, 48}).jpeg, file);
    EXPECT_EQ(cut(whole, {0, 0, 63, 48}).jpeg, nullptr);
    EXPECT_EQ(thumbnail(whole, 32).jpeg, nullptr);
}

TEST(BareJpeg, AFileThatIsNotWhatItsPixelsAreDoesNotStayWithThem) {
    const auto file = encode_jpeg(quadrants(64, 48), 90);
    auto smaller = default_limits;
    smaller.side_max = 32;
    EXPECT_EQ(decode(file, smaller).picture.jpeg, nullptr) << "reduced";
    EXPECT_EQ(decode(turned_file(quadrants(64, 48), 6, ".jpg"), default_limits).picture.jpeg, nullptr);
    EXPECT_EQ(decode(with_segment(file, '\xfe', "a comment"), default_limits).picture.jpeg, nullptr);
    EXPECT_EQ(decode(file.substr(0, file.size() - 40), default_limits).picture.jpeg, nullptr) << "it ends early";
    EXPECT_EQ(decode(file_of(quadrants(64, 48), ".png"), default_limits).picture.jpeg, nullptr);
    Picture noise = quadrants(64, 48);
    for (std::size_t i = 0; i < noise.rgb.size(); ++i) noise.rgb[i] = static_cast<std::uint8_t>(i * i * 31 % 251);
    EXPECT_EQ(decode(encode_jpeg(noise, 100), default_limits).picture.jpeg, nullptr)
        << "longer than what would be made of the pixels";
}

} // namespace
} // namespace vitrine
