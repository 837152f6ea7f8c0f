#include "pipeline/crop_selection.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

constexpr PictureScale same_scale{.decoded_width = 100, .decoded_height = 80, .full_width = 100, .full_height = 80};
constexpr Box whole{0, 0, 100, 80};

Detection found(Box box, double score) {
    return {.box = box, .score = score, .category = {}};
}

TEST(CropSelection, WithoutDetectionsTheWholePictureIsTheCrop) {
    const auto crops = select_crops({}, same_scale, {}).crops;
    ASSERT_EQ(crops.size(), 1U);
    EXPECT_EQ(crops.front().box, whole);
}

TEST(CropSelection, WithoutAConvincingDetectionTheWholePictureIsACandidateToo) {
    const auto crops = select_crops({found({10, 10, 20, 20}, 0.3)}, same_scale, {}).crops;
    ASSERT_EQ(crops.size(), 2U);
    EXPECT_EQ(crops.back().box, whole);
    EXPECT_EQ(select_crops({found({10, 10, 20, 20}, 0.8)}, same_scale, {}).crops.size(), 1U);
}

TEST(CropSelection, TheWholePictureKeepsItsPlaceWhenThereAreTooManyDetections) {
    std::vector<Detection> many;
    for (int i = 0; i < 20; ++i) many.push_back(found({i * 4, 0, 4, 80}, 0.4));
    const auto crops = select_crops(many, same_scale, {.max_crops = 5, .side_min = 1}).crops;
    ASSERT_EQ(crops.size(), 5U);
    EXPECT_EQ(crops.back().box, whole);
}

TEST(CropSelection, TooSmallAndDoubledBoxesAreDropped) {
    const auto crops =
        select_crops({found({0, 0, 50, 50}, 0.9), found({0, 0, 50, 49}, 0.8), found({90, 70, 2, 2}, 0.7)}, same_scale,
                     {})
            .crops;
    ASSERT_EQ(crops.size(), 1U);
    EXPECT_EQ(crops.front().box, (Box{0, 0, 50, 50}));
}

TEST(CropSelection, ABoxOutsideThePictureOrAScoreThatIsNoneIsRefused) {
    for (const Detection& bad :
         {found({-1, 0, 10, 10}, 0.9), found({95, 0, 10, 10}, 0.9), found({0, 0, 0, 10}, 0.9),
          found({0, 0, 2'000'000'000, 10}, 0.9), found({0, 0, 10, 10}, 1.5), found({0, 0, 10, 10}, NAN)}) {
        EXPECT_THROW(select_crops({bad}, same_scale, {}), Error);
    }
}

TEST(CropSelection, BoxesOfAReducedPictureAreGivenInTheFilesPixelsAndBack) {
    const PictureScale reduced{.decoded_width = 100, .decoded_height = 75, .full_width = 4000, .full_height = 3000};
    const auto crops = select_crops({found({10, 20, 30, 40}, 0.9)}, reduced, {}).crops;
    EXPECT_EQ(crops.front().box, (Box{400, 800, 1200, 1600}));
    EXPECT_EQ(to_decoded(crops.front().box, reduced), (Box{10, 20, 30, 40}));
}

TEST(CropSelection, ABoxOfOnePixelStaysInsideThePictureOnTheWayBack) {
    const PictureScale reduced{.decoded_width = 10, .decoded_height = 1, .full_width = 6000, .full_height = 2};
    for (const Box box : {Box{0, 0, 1, 1}, Box{5999, 1, 1, 1}, Box{0, 0, 6000, 2}}) {
        EXPECT_TRUE(to_decoded(box, reduced).fits(10, 1));
    }
}

TEST(CropSelection, WhatIsNearlyThePictureIsThePictureOnce) {
    const auto selected = select_crops({found({1, 1, 98, 78}, 0.9), found({0, 0, 100, 79}, 0.8)}, same_scale, {});
    ASSERT_EQ(selected.crops.size(), 1U);
    EXPECT_EQ(selected.crops[0].box, whole);
    EXPECT_EQ(selected.left_out.repeated, 1);
}

TEST(CropSelection, BoxWithTooFewPixelsOfTheFileIsLeftOutAndSaid) {
    constexpr PictureScale large{.decoded_width = 100, .decoded_height = 80, .full_width = 400, .full_height = 320};
    const std::vector<Detection> detections{found({0, 0, 40, 40}, 0.9), found({50, 0, 8, 40}, 0.8)};
    EXPECT_EQ(select_crops(detections, same_scale, {}).left_out.small, 1);
    EXPECT_EQ(select_crops(detections, large, {}).left_out.small, 0) << "32 pixels of the file are enough";
    EXPECT_EQ(select_crops(detections, same_scale, {}).left_out.sentence(),
              "Boxes that did not become crops: 1 too small.");
}

TEST(CropSelection, BlurredBoxIsLeftOutWhereAnotherIsSharp) {
    const Box sharp{0, 0, 30, 30}, soft{50, 0, 30, 30};
    CropSelectionOptions options;
    options.sharpness = [&](const Box& box) { return box == sharp ? 300.0 : 1.0; };
    const auto selected = select_crops({found(soft, 0.9), found(sharp, 0.8)}, same_scale, options);
    ASSERT_EQ(selected.crops.size(), 1U);
    EXPECT_EQ(selected.crops[0].box, sharp);
    EXPECT_EQ(selected.left_out.blurred, 1);
    options.sharpness = [](const Box&) { return 1.0; };
    EXPECT_EQ(select_crops({found(soft, 0.9), found(sharp, 0.8)}, same_scale, options).crops.size(), 2U)
        << "of a wholly soft photo there is nothing better";
}

TEST(CropSelection, NearRepetitionsOfAnyKindAreOneCrop) {
    auto second = found({10, 10, 40, 39}, 0.8);
    second.category = "cup";
    auto first = found({10, 10, 40, 40}, 0.9);
    first.category = "bowl";
    const auto selected = select_crops({second, first}, same_scale, {});
    ASSERT_EQ(selected.crops.size(), 1U);
    EXPECT_EQ(selected.crops[0].score, 0.9);
    EXPECT_EQ(selected.left_out.repeated, 1);
}

TEST(CropSelection, BoxesArePaddedByAPartOfTheirSidesUpToTheBorder) {
    const auto crops = select_crops({found({10, 4, 20, 40}, 0.9)}, same_scale, {.padding = 0.25}).crops;
    ASSERT_EQ(crops.size(), 1U);
    EXPECT_EQ(crops[0].box, (Box{5, 0, 30, 54}));
}

TEST(CropSelection, NothingIsSaidWhereNothingWasLeftOut) {
    EXPECT_EQ(select_crops({found({10, 10, 40, 40}, 0.9)}, same_scale, {}).left_out.sentence(), "");
    EXPECT_EQ(select_crops({}, same_scale, {}).left_out.sentence(), "");
}

} // namespace
} // namespace vitrine
