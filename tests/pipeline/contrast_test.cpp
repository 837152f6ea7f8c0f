// What is the same in all photos, and in all of a catalogue's pictures, is taken off before vectors are compared; and a
// product whose best crop hardly fits its name is marked for a person.

#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "pipeline_house.hpp"
#include "storage/indexing_result_repository.hpp"
#include "storage/query_result_repository.hpp"
#include "storage/vector_mean_repository.hpp"

namespace vitrine::testing {
namespace {

class Contrast : public ::testing::Test {
protected:
    /// Twenty-two products, from red to blue.
    void index_a_row_of_colours() {
        for (int i = 0; i < 22; ++i) {
            const Rgb colour{static_cast<std::uint8_t>(250 - 11 * i), 20, static_cast<std::uint8_t>(10 + 11 * i)};
            ASSERT_EQ(house.index(fmt::format("P{}", i), fmt::format("Mug {}", i), strips({colour})),
                      JobState::Succeeded);
        }
    }

    std::vector<QueryResult> ask(const std::string& picture) {
        const JobId job = house.query(picture);
        return house.database->read([&](Transaction& tx) { return query_result_repository::results_of(tx, job); });
    }

    MeanVector asked_so_far() {
        const auto model = house.vision.versions().vector;
        return house.database->read([&](Transaction& tx) { return vector_mean_repository::of_queries(tx, model); });
    }

    PipelineHouse house;
};

TEST_F(Contrast, PhotosAskedSoFarHaveAMeanThatSurvivesARestart) {
    index_a_row_of_colours();
    EXPECT_EQ(asked_so_far().count, 0);
    (void)ask(strips({Rgb{200, 30, 60}}));
    (void)ask(strips({Rgb{60, 30, 200}}));
    EXPECT_EQ(asked_so_far().count, 2);
    const auto before = asked_so_far();
    house.restart();
    EXPECT_EQ(asked_so_far().mean, before.mean);
    const auto found = ask(strips({Rgb{250, 20, 11}}));
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found.front().product_id, "P0");
    ASSERT_TRUE(found.front().evidence.contrast);
    EXPECT_GT(*found.front().evidence.contrast, 0.5);
    EXPECT_EQ(asked_so_far().count, 3);
}

TEST_F(Contrast, AHandfulOfProductsIsComparedAsTheyAre) {
    ASSERT_EQ(house.index("R", "Red mug", strips({Rgb{250, 0, 0}})), JobState::Succeeded);
    const auto found = ask(strips({Rgb{250, 0, 0}}));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_FALSE(found.front().evidence.contrast);
    EXPECT_NEAR(found.front().evidence.distance, 0.0, 1e-5);
}

TEST_F(Contrast, WhereNoProductStandsOutTheLikeliestOnesVoteForAKind) {
    index_a_row_of_colours();
    const auto before = ask(strips({Rgb{249, 20, 12}}));
    ASSERT_FALSE(before.empty());
    EXPECT_EQ(before.front().product_id, "P0");
    EXPECT_FALSE(before.front().evidence.category_support) << "no product has a category";
    for (int i = 0; i < 22; ++i)
        house.intake->update_product(fmt::format("P{}", i), {.category = i == 0 ? "Vase" : "Mug"});
    const auto after = ask(strips({Rgb{249, 21, 12}}));
    ASSERT_FALSE(after.empty());
    EXPECT_EQ(after.front().product_id, "P1") << "the nearest of those that nearly all like it are";
    EXPECT_EQ(after.front().evidence.category_support, 1.0);
    const auto vase = std::ranges::find(after, "P0", &QueryResult::product_id);
    ASSERT_NE(vase, after.end());
    EXPECT_LT(vase->evidence.category_support.value(), 0.7);
}

TEST(MatchFloor, ProductThatNoCropFitsIsIndexedAndMarked) {
    PipelineHouse house;
    house.match_floor = 0.9;
    house.restart();
    const auto added = house.add("M1", "Green garden chair", strips({Rgb{250, 0, 0}}));
    ASSERT_EQ(house.finish(*added.job), JobState::Succeeded);
    const auto result =
        house.database->read([&](Transaction& tx) { return indexing_result_repository::find(tx, *added.job); });
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->product_image_id) << "it can be found all the same";
    EXPECT_NE(result->note.find("no crop fits the name well"), std::string::npos) << result->note;
}

} // namespace
} // namespace vitrine::testing
