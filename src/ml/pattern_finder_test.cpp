#include "ml/pattern_finder.hpp"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "ml/painted_pictures.hpp"

namespace vitrine {
namespace {

constexpr Rgb navy{25, 35, 90};
constexpr Rgb cream{235, 228, 210};

/// Where a pixel lies in waves of the given width and direction, in [0, 1).
double phase(int x, int y, double width, double degrees) {
    const double radians = degrees * std::numbers::pi / 180.0;
    const double along = (x * std::cos(radians) + y * std::sin(radians)) / width;
    return along - std::floor(along);
}

Picture stripes(double width, double degrees) {
    return painted(240, 240, [=](int x, int y) { return phase(x, y, width, degrees) < 0.5 ? navy : cream; });
}

Picture checks(double width, double degrees) {
    return painted(240, 240, [=](int x, int y) {
        const int bands =
            (phase(x, y, width, degrees) < 0.5 ? 1 : 0) + (phase(x, y, width, degrees + 90) < 0.5 ? 1 : 0);
        return bands == 0 ? cream : bands == 1 ? Rgb{130, 130, 150} : navy;
    });
}

Picture dots(double spacing, double degrees, double radius) {
    return painted(240, 240, [=](int x, int y) {
        const double dx = (phase(x, y, spacing, degrees) - 0.5) * spacing;
        const double dy = (phase(x, y, spacing, degrees + 90) - 0.5) * spacing;
        return dx * dx + dy * dy < radius * radius ? cream : navy;
    });
}

TEST(PatternFinder, StripesOfAnyDirectionAreStriped) {
    for (const double width : {10.0, 16.0, 26.0}) {
        for (const double degrees : {0.0, 20.0, 45.0, 90.0, 135.0}) {
            EXPECT_EQ(find_pattern(stripes(width, degrees)).name, "striped") << width << " at " << degrees;
        }
    }
}

TEST(PatternFinder, ChecksOfAnyDirectionAreChecked) {
    for (const double width : {14.0, 24.0}) {
        for (const double degrees : {0.0, 30.0, 45.0}) {
            EXPECT_EQ(find_pattern(checks(width, degrees)).name, "checked") << width << " at " << degrees;
        }
    }
}

TEST(PatternFinder, DotsOfAnyDirectionAreDotted) {
    for (const double spacing : {18.0, 26.0}) {
        for (const double degrees : {0.0, 30.0, 45.0}) {
            EXPECT_EQ(find_pattern(dots(spacing, degrees, spacing * 0.28)).name, "dotted")
                << spacing << " at " << degrees;
        }
    }
}

TEST(PatternFinder, OneColourIsPlainAlsoInSlowLightAndShade) {
    EXPECT_EQ(find_pattern(plain(200, 200, navy)).name, "plain");
    const auto shaded = painted(200, 200, [](int x, int y) {
        const int light = (x + y) / 5;
        return Rgb{std::uint8_t(100 + light), std::uint8_t(60 + light), std::uint8_t(50 + light)};
    });
    EXPECT_EQ(find_pattern(shaded).name, "plain");
}

TEST(PatternFinder, NoiseHasNoPattern) {
    for (unsigned seed = 0; seed < 10; ++seed) EXPECT_EQ(find_pattern(noise(200, 200, seed)).name, "") << seed;
}

TEST(PatternFinder, AFewFoldsAreNoStripes) {
    const auto folded = painted(240, 240, [](int x, int y) {
        const double folds = std::sin(x / 23.0 + y / 90.0) + 0.7 * std::sin(x / 37.0 - y / 60.0 + 1.0);
        const auto light = static_cast<int>(20 * folds);
        return Rgb{std::uint8_t(120 + light), std::uint8_t(110 + light), std::uint8_t(140 + light)};
    });
    EXPECT_NE(find_pattern(folded).name, "striped");
    EXPECT_NE(find_pattern(folded).name, "checked");
}

TEST(PatternFinder, ConfidenceIsAShareAndNoneWithoutAName) {
    for (const auto& [name, picture] : odd_pictures()) {
        const auto pattern = find_pattern(picture);
        EXPECT_GE(pattern.confidence, 0.0) << name;
        EXPECT_LE(pattern.confidence, 1.0) << name;
        EXPECT_EQ(pattern.name.empty(), pattern.confidence == 0.0) << name;
    }
}

TEST(PatternFinder, NoPixelsHaveNoPattern) {
    EXPECT_EQ(find_pattern({}).name, "");
}

} // namespace
} // namespace vitrine
