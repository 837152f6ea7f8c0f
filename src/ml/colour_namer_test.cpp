#include "ml/colour_namer.hpp"

#include <gtest/gtest.h>

#include "ml/painted_pictures.hpp"

namespace vitrine {
namespace {

std::vector<std::string> names(const Picture& picture) {
    std::vector<std::string> names;
    for (const auto& colour : name_colours(picture)) names.push_back(colour.name);
    return names;
}

using Names = std::vector<std::string>;

TEST(ColourNamer, PlainPicturesBearTheirColoursName) {
    const auto name_of = [](const Rgb& rgb) { return names(plain(60, 60, rgb)); };
    EXPECT_EQ(name_of({0, 0, 0}), Names{"black"});
    EXPECT_EQ(name_of({255, 255, 255}), Names{"white"});
    EXPECT_EQ(name_of({128, 128, 128}), Names{"gray"});
    EXPECT_EQ(name_of({210, 25, 35}), Names{"red"});
    EXPECT_EQ(name_of({245, 215, 50}), Names{"yellow"});
    EXPECT_EQ(name_of({40, 150, 60}), Names{"green"});
    EXPECT_EQ(name_of({30, 70, 200}), Names{"blue"});
    EXPECT_EQ(name_of({15, 25, 80}), Names{"dark blue"});
    EXPECT_EQ(name_of({245, 130, 25}), Names{"orange"});
    EXPECT_EQ(name_of({120, 45, 150}), Names{"purple"});
    EXPECT_EQ(name_of({240, 150, 185}), Names{"pink"});
    EXPECT_EQ(name_of({110, 70, 40}), Names{"brown"});
    EXPECT_EQ(name_of({220, 200, 168}), Names{"beige"});
}

TEST(ColourNamer, AThingOnAPlainGroundIsNamedWithoutTheGround) {
    const auto ball = painted(200, 200, [](int x, int y) {
        const int dx = x - 100;
        const int dy = y - 100;
        return dx * dx + dy * dy < 60 * 60 ? Rgb{200, 30, 40} : Rgb{250, 250, 250};
    });
    EXPECT_EQ(names(ball), Names{"red"});
}

TEST(ColourNamer, TheMostCoveringColourComesFirst) {
    const auto striped = painted(200, 200, [](int x, int y) {
        if (x < 40 || x >= 160 || y < 20 || y >= 180) return Rgb{250, 250, 250};
        return y < 130 ? Rgb{30, 70, 200} : Rgb{245, 215, 50};
    });
    EXPECT_EQ(names(striped), (Names{"blue", "yellow"}));
}

TEST(ColourNamer, LightAndShadeOfOneColourAreOneName) {
    const auto shaded = painted(100, 100, [](int x, int) {
        return Rgb{std::uint8_t(90 + x), std::uint8_t(15 + x / 6), std::uint8_t(25 + x / 6)};
    });
    EXPECT_EQ(names(shaded), Names{"red"});
}

TEST(ColourNamer, ASmallPatchIsNotNamed) {
    const auto patch = painted(100, 100, [](int x, int y) {
        return x > 45 && x < 65 && y > 45 && y < 65 ? Rgb{245, 215, 50} : Rgb{30, 70, 200};
    });
    const auto found = names(patch);
    EXPECT_LE(found.size(), 1U);
}

TEST(ColourNamer, AtMostThreeColoursThatCoverNoMoreThanAll) {
    for (const auto& [name, picture] : odd_pictures()) {
        const auto colours = name_colours(picture);
        EXPECT_LE(colours.size(), 3U) << name;
        double sum = 0.0;
        double before = 1.0;
        for (const auto& colour : colours) {
            EXPECT_GE(colour.cover, 0.12) << name;
            EXPECT_LE(colour.cover, before + 1e-9) << name;
            before = colour.cover;
            sum += colour.cover;
        }
        EXPECT_LE(sum, 1.0 + 1e-6) << name;
    }
}

TEST(ColourNamer, OnePixelHasItsColour) {
    EXPECT_EQ(names(plain(1, 1, {200, 30, 30})), Names{"red"});
}

TEST(ColourNamer, NoPixelsHaveNoColour) {
    EXPECT_TRUE(name_colours({}).empty());
}

} // namespace
} // namespace vitrine
