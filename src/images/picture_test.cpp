#include "images/picture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

Picture numbered(int width, int height) {
    Picture picture{width, height, {}};
    for (int i = 0; i < width * height * 3; ++i) {
        picture.rgb.push_back(static_cast<std::uint8_t>(i));
    }
    return picture;
}

TEST(Cut, TakesThePixelsInsideTheBox) {
    const auto part = cut(numbered(3, 3), {1, 1, 2, 2});
    EXPECT_EQ(part.width, 2);
    EXPECT_EQ(part.height, 2);
    EXPECT_THAT(part.rgb, testing::ElementsAre(12, 13, 14, 15, 16, 17, 21, 22, 23, 24, 25, 26));
}

TEST(Cut, OfTheWholePictureIsACopy) {
    const auto picture = numbered(4, 2);
    EXPECT_EQ(cut(picture, {0, 0, 4, 2}).rgb, picture.rgb);
}

TEST(Cut, ABoxThatDoesNotFitIsRefused) {
    const auto picture = numbered(4, 2);
    for (const Box box : {Box{0, 0, 5, 2}, Box{-1, 0, 2, 2}, Box{0, 0, 0, 2}, Box{3, 1, 2, 1}, Box{0, 0, 4, 3},
                          Box{2147483647, 0, 1, 1}, Box{1, 1, 2147483647, 1}}) {
        EXPECT_THROW(cut(picture, box), Error);
    }
}

} // namespace
} // namespace vitrine
