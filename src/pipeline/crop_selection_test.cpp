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
    const auto crops = select_crops({}, same_scale, {});
    ASSERT_EQ(crops.size(), 1U);
    EXPECT_EQ(crops.front().box, whole);
}

TEST(CropSelection, WithoutAConvincingDetectionTheWholePictureIsACandidateToo) {
    const auto crops = select_crops({found({10, 10, 20, 20}, 0.3)}, same_scale, {});
    ASSERT_EQ(crops.size(), 2U);
    EXPECT_EQ(crops.back().box, whole);
    EXPECT_EQ(select_crops({found({10, 10, 20, 20}, 0.8)}, same_scale, {}).size(), 1U);
}

TEST(CropSelection, TheWholePictureKeepsItsPlaceWhenThereAreTooManyDetections) {
    std::vector<Detection> many;
    for (int i = 0; i < 20; ++i) many.push_back(found({i * 4, 0, 4, 80}, 0.4));
    const auto crops = select_crops(many, same_scale, {.max_crops = 5});
    ASSERT_EQ(crops.size(), 5U);
    EXPECT_EQ(crops.back().box, whole);
}

TEST(CropSelection, TooSmallAndDoubledBoxesAreDropped) {
    const auto crops = select_crops(
        {found({0, 0, 50, 50}, 0.9), found({0, 0, 50, 49}, 0.8), found({90, 70, 2, 2}, 0.7)}, same_scale, {});
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
    const auto crops = select_crops({found({10, 20, 30, 40}, 0.9)}, reduced, {});
    EXPECT_EQ(crops.front().box, (Box{400, 800, 1200, 1600}));
    EXPECT_EQ(to_decoded(crops.front().box, reduced), (Box{10, 20, 30, 40}));
}

TEST(CropSelection, ABoxOfOnePixelStaysInsideThePictureOnTheWayBack) {
    const PictureScale reduced{.decoded_width = 10, .decoded_height = 1, .full_width = 6000, .full_height = 2};
    for (const Box box : {Box{0, 0, 1, 1}, Box{5999, 1, 1, 1}, Box{0, 0, 6000, 2}}) {
        EXPECT_TRUE(to_decoded(box, reduced).fits(10, 1));
    }
}

} // namespace
} // namespace vitrine
