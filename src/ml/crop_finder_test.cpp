#include "ml/crop_finder.hpp"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>

#include "ml/drawn_scenes.hpp"

namespace vitrine {
namespace {

using scenes::Colour;

bool covers(const Detection& detection, const Box& thing) {
    return intersection_over_union(detection.box, thing) > 0.7;
}

void expect_sane(const std::vector<Detection>& found, const Picture& picture) {
    EXPECT_LE(found.size(), 6U);
    for (const auto& detection : found) {
        EXPECT_TRUE(detection.box.fits(picture.width, picture.height));
        EXPECT_GE(detection.score, 0.0);
        EXPECT_LE(detection.score, 1.0);
    }
    EXPECT_TRUE(std::ranges::is_sorted(found, [](const auto& a, const auto& b) { return a.score > b.score; }));
}

TEST(CropFinder, AThingOnWhiteIsCutOutTightly) {
    auto picture = scenes::plain(400, 300, scenes::white);
    scenes::fill(picture, {120, 60, 100, 180}, {200, 30, 30});
    const auto found = find_crops(picture);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_TRUE(covers(found[0], {120, 60, 100, 180}));
    expect_sane(found, picture);
}

TEST(CropFinder, EachThingOnATableIsFound) {
    auto picture = scenes::plain(800, 400, {150, 120, 90});
    scenes::add_noise(picture, 4);
    const std::array<Box, 4> things{
        Box{40, 100, 120, 200}, {220, 150, 100, 100}, {400, 80, 140, 240}, {620, 180, 90, 130}};
    const std::array<Colour, 4> colours{Colour{20, 60, 200}, {230, 230, 240}, {20, 130, 40}, {200, 20, 60}};
    for (std::size_t i = 0; i < things.size(); ++i) scenes::fill(picture, things[i], colours[i]);
    const auto found = find_crops(picture);
    for (const auto& thing : things) {
        EXPECT_TRUE(std::ranges::any_of(found, [&](const auto& d) { return covers(d, thing); })) << thing.x;
    }
    expect_sane(found, picture);
}

TEST(CropFinder, ATableBeforeAWallIsBackground) {
    auto picture = scenes::plain(600, 450, {190, 200, 205});
    scenes::fill(picture, {0, 220, 600, 230}, {140, 95, 60});
    scenes::add_noise(picture, 3);
    scenes::fill(picture, {100, 120, 110, 200}, {210, 30, 30});
    scenes::fill(picture, {380, 150, 120, 180}, {30, 60, 160});
    const auto found = find_crops(picture);
    for (const Box& thing : {Box{100, 120, 110, 200}, Box{380, 150, 120, 180}}) {
        EXPECT_TRUE(std::ranges::any_of(found, [&](const auto& d) { return covers(d, thing); })) << thing.x;
    }
    expect_sane(found, picture);
}

TEST(CropFinder, AWhiteFaceInsideAThingStaysPartOfIt) {
    auto picture = scenes::plain(300, 300, scenes::white);
    scenes::fill(picture, {80, 50, 140, 200}, {20, 20, 120});
    scenes::fill(picture, {90, 60, 120, 180}, scenes::white);
    const auto found = find_crops(picture);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_TRUE(covers(found[0], {80, 50, 140, 200}));
}

TEST(CropFinder, ACollageIsTakenApart) {
    auto picture = scenes::plain(600, 600, scenes::white);
    std::uint32_t seed = 1;
    for (const Box& panel :
         {Box{0, 0, 300, 300}, Box{300, 0, 300, 300}, Box{0, 300, 300, 300}, Box{300, 300, 300, 300}}) {
        scenes::fill_with_blobs(picture, panel, seed++);
    }
    const auto found = find_crops(picture);
    ASSERT_EQ(found.size(), 4U);
    for (const Box& panel :
         {Box{0, 0, 300, 300}, Box{300, 0, 300, 300}, Box{0, 300, 300, 300}, Box{300, 300, 300, 300}}) {
        EXPECT_TRUE(std::ranges::any_of(found, [&](const auto& d) { return covers(d, panel); }));
    }
}

TEST(CropFinder, ABusyPhotoGivesTheWholeAndItsMiddle) {
    const auto picture = scenes::noise(348, 348, 5);
    const auto found = find_crops(picture);
    expect_sane(found, picture);
    EXPECT_TRUE(std::ranges::any_of(found, [](const auto& d) { return d.box == Box{0, 0, 348, 348}; }));
    EXPECT_EQ(found.size(), 2U);
}

TEST(CropFinder, OddPicturesGiveBoxesInsideThem) {
    for (const auto& picture : scenes::odd_pictures()) {
        const auto found = find_crops(picture);
        EXPECT_FALSE(found.empty()) << picture.width << " x " << picture.height;
        expect_sane(found, picture);
    }
    EXPECT_TRUE(find_crops(Picture{}).empty());
}

TEST(CropFinder, TheSamePixelsGiveTheSameBoxes) {
    const auto picture = scenes::noise(200, 150, 9);
    const auto first = find_crops(picture);
    const auto second = find_crops(picture);
    ASSERT_EQ(first.size(), second.size());
    for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].box, second[i].box);
}

} // namespace
} // namespace vitrine
