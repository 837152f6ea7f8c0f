#include "ml/sharpness.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "ml/painted_pictures.hpp"

namespace vitrine {
namespace {

/// A round edge as a camera draws it: from dark to light over `width` pixels.
Picture edge(int side, double width) {
    return painted(side, side, [&](int x, int y) {
        const double from_centre = std::hypot(x - side / 2, y - side / 2) - side / 4.0;
        const auto value = static_cast<std::uint8_t>(128 + 80 * std::tanh(from_centre / width));
        return Rgb{value, value, value};
    });
}

double whole(const Picture& picture) {
    return sharpness(picture, {0, 0, picture.width, picture.height});
}

TEST(Sharpness, PartOutOfFocusHasMuchLessThanASharpOneAtEverySize) {
    for (const int side : {40, 255, 256, 257, 640, 2000}) {
        const double in_focus = whole(edge(side, std::max(1.0, side / 300.0)));
        EXPECT_GT(in_focus, 5.0) << side;
        EXPECT_LT(whole(edge(side, side / 25.0)), in_focus / 3) << side;
    }
}

TEST(Sharpness, EvenSurfaceHasNone) {
    EXPECT_EQ(whole(plain(300, 200, {90, 120, 30})), 0.0);
}

TEST(Sharpness, OnlyTheBoxCounts) {
    Picture picture = plain(200, 100, {0, 0, 0});
    picture.rgb[3 * (50 * 200 + 150)] = 255;
    EXPECT_EQ(sharpness(picture, {0, 0, 100, 100}), 0.0);
    EXPECT_GT(sharpness(picture, {100, 0, 100, 100}), 0.0);
}

TEST(Sharpness, PictureOfAnyShapeHasAFiniteOne) {
    for (const auto& [name, picture] : odd_pictures()) EXPECT_TRUE(std::isfinite(whole(picture))) << name;
}

} // namespace
} // namespace vitrine
