#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include <vitrine/error.hpp>

#include "storage/image_repository.hpp"
#include "storage/job_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"
#include "storage/query_result_repository.hpp"

#include "pipeline_house.hpp"

// Queries as users ask for them: by category, by attributes, in a region, above a score, by an indexed product.

namespace vitrine::testing {
namespace {

class NarrowedQueries : public ::testing::Test {
protected:
    void index(const std::string& id, const std::string& category, const std::string& attributes,
               const std::string& picture) {
        const auto added = house.intake->add_product(
            {.external_id = id, .name = id + " mug", .description = "", .category = category, .attributes = attributes},
            picture);
        ASSERT_EQ(house.finish(*added.job), JobState::Succeeded);
    }

    std::vector<QueryResult> results(JobId id) {
        return house.database->read([&](Transaction& tx) { return query_result_repository::results_of(tx, id); });
    }

    std::set<std::string> found(const std::string& picture, const QueryOptions& options) {
        std::set<std::string> ids;
        for (const QueryResult& result : results(house.query(picture, options))) ids.insert(result.product_id);
        return ids;
    }

    Job job(JobId id) {
        return *house.database->read([&](Transaction& tx) { return job_repository::find(tx, id); });
    }

    void expect_refused(const QueryOptions& options) {
        try {
            house.intake->submit_query(strips({red}), options);
            ADD_FAILURE() << "it was accepted";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::BadInput);
        }
    }

    using Ids = std::set<std::string>;
    PipelineHouse house;
};

TEST_F(NarrowedQueries, AttributesAreTextsNumbersTruthsOrElementsOfLists) {
    index("a", "", R"({"size":"L","tags":["new","sale"],"weight":5,"organic":true})", strips({red}));
    index("b", "", R"({"size":"M","tags":["sale"],"weight":6,"organic":false})", strips({red}));
    index("c", "", "{}", strips({red}));
    const auto with = [&](std::map<std::string, std::string> attributes) {
        return found(strips({red}), {.attributes = std::move(attributes)});
    };
    EXPECT_EQ(with({{"size", "L"}}), Ids{"a"});
    EXPECT_EQ(with({{"tags", "sale"}}), (Ids{"a", "b"}));
    EXPECT_EQ(with({{"tags", "new"}}), Ids{"a"});
    EXPECT_EQ(with({{"weight", "6"}}), Ids{"b"});
    EXPECT_EQ(with({{"organic", "true"}}), Ids{"a"});
    EXPECT_EQ(with({{"size", "M"}, {"tags", "sale"}}), Ids{"b"});
    EXPECT_EQ(with({{"size", "M"}, {"tags", "new"}}), Ids{});
    EXPECT_EQ(with({{"colour", "red"}}), Ids{});
}

TEST_F(NarrowedQueries, ARareCategoryIsFoundAmongManyNearerProducts) {
    // far beyond what a search without the filter looks at
    house.database->write([&](Transaction& tx) {
        const auto now = house.clock.now();
        const ImageId original = image_repository::find_or_add_original(
            tx, {.sha256 = std::string(64, 'a'), .media_type = "image/jpeg", .bytes = 1, .width = 5000, .height = 10},
            now);
        std::vector<image_repository::NewCrop> boxes;
        for (int i = 0; i < 4000; ++i) boxes.push_back({.box = {i, 0, 1, 1}, .score = 0.5});
        const auto crops = image_repository::save_crops(tx, original, house.vision.versions().crop, boxes, now);
        const Embedding near{0.96F, 0.0F, 0.0F, 0.28F};
        for (std::size_t i = 0; i < crops.size(); ++i) {
            image_repository::save_label(tx, crops[i].id,
                                         {.label = {},
                                          .label_model = house.vision.versions().label,
                                          .vector = near,
                                          .vector_model = house.vision.versions().vector,
                                          .features = {}});
            const auto product = product_repository::save(
                tx, {.external_id = fmt::format("p{}", i), .name = "x", .description = "", .category = "Common"}, now);
            const auto link = product_image_repository::replace_primary(
                tx, {.product_id = product, .image_id = crops[i].id, .job_id = {1}}, now);
            house.vectors->put(tx, {.id = link, .model = house.vision.versions().vector, .vector = near});
        }
    });
    index("rare", "Rare", R"({"shelf":"7"})", strips({blue}));
    EXPECT_EQ(found(strips({red}), {.category = "Rare"}), Ids{"rare"});
    EXPECT_EQ(found(strips({red}), {.attributes = {{"shelf", "7"}}}), Ids{"rare"});
    EXPECT_EQ(found(strips({red}), {.category = "Common", .attributes = {{"shelf", "7"}}}), Ids{});
    EXPECT_FALSE(found(strips({red}), {}).contains("rare"));
}

TEST_F(NarrowedQueries, MatchesBelowTheLeastScoreAreLeftOutEverywhere) {
    index("r", "", "{}", strips({red}));
    index("b", "", "{}", strips({blue}));
    const JobId all = house.query(strips({red}));
    ASSERT_EQ(results(all).size(), 2U);
    const double best = results(all).front().score;
    const JobId some = house.query(strips({red}), {.min_score = best});
    ASSERT_EQ(results(some).size(), 1U);
    EXPECT_EQ(results(some).front().product_id, "r");
    const auto crops =
        house.database->read([&](Transaction& tx) { return query_result_repository::crops_of(tx, some); });
    EXPECT_EQ(crops.front().matches.size(), 1U);
    if (best < 1.0) {
        EXPECT_TRUE(results(house.query(strips({red}), {.min_score = 1.0})).empty());
    }
}

TEST_F(NarrowedQueries, OnlyTheRegionIsSearchedWithTheCropsInsideIt) {
    index("r", "", "{}", strips({red}));
    index("b", "", "{}", strips({blue}));
    house.vision.strips = 4;                            // of 30 pixels each
    const auto photo = strips({red, green, red, blue}); // every strip has an edge: none is taken for blurred
    const JobId right = house.query(photo, {.top = 1, .box = Box{60, 0, 60, 80}});
    EXPECT_EQ(job(right).crops_total, 3); // two strips and the region
    EXPECT_EQ(results(right).front().product_id, "b");
    EXPECT_GE(results(right).front().box.x, 60);
    const JobId left = house.query(photo, {.top = 1, .box = Box{5, 5, 20, 20}});
    EXPECT_EQ(job(left).crops_total, 1); // the region alone
    EXPECT_EQ(results(left).front().product_id, "r");
    EXPECT_EQ(results(left).front().box, (Box{5, 5, 20, 20}));
    EXPECT_EQ(job(house.query(photo)).crops_total, 4) << "a region leaves no trace in a search of the whole";
}

TEST_F(NarrowedQueries, ARegionThatWasSearchedBeforeCallsNoModel) {
    index("r", "", "{}", strips({red}));
    house.query(strips({red, blue}), {.box = Box{5, 5, 20, 20}});
    const int crops = house.vision.crop_calls;
    const int labels = house.vision.label_calls;
    house.query(strips({red, blue}), {.box = Box{5, 5, 20, 20}});
    EXPECT_EQ(house.vision.crop_calls, crops);
    EXPECT_EQ(house.vision.label_calls, labels);
}

TEST_F(NarrowedQueries, ARegionThatIsNearlyAFoundCropIsThatCrop) {
    house.vision.strips = 2;
    EXPECT_EQ(job(house.query(strips({red, blue}), {.box = Box{0, 0, 61, 80}})).crops_total, 1);
}

TEST_F(NarrowedQueries, WhatNobodyCanMeanIsRefused) {
    expect_refused({.box = Box{0, 0, 121, 80}});
    expect_refused({.box = Box{-1, 0, 10, 10}});
    expect_refused({.box = Box{0, 0, 0, 10}});
    expect_refused({.min_score = 1.5});
    expect_refused({.min_score = std::nan("")});
    expect_refused({.top = 0});
    expect_refused({.attributes = {{"", "x"}}});
    expect_refused({.category = std::string(2000, 'x')});
}

TEST_F(NarrowedQueries, MoreLikeAProductIsFoundWithoutAModelCallAndWithoutItself) {
    index("r1", "Mugs", "{}", strips({red}));
    index("r2", "Bowls", "{}", strips({{200, 30, 40}}));
    index("b", "Mugs", "{}", strips({blue}));
    const int labels = house.vision.label_calls;
    const auto similar = house.catalogue->similar_products("r1", {});
    ASSERT_EQ(similar.size(), 2U);
    EXPECT_EQ(similar[0].product_id, "r2");
    EXPECT_EQ(similar[0].name, "r2 mug");
    EXPECT_EQ(similar[0].rank, 1);
    EXPECT_FALSE(similar[0].reasons.empty());
    EXPECT_EQ(similar[1].product_id, "b");
    EXPECT_EQ(house.catalogue->similar_products("r1", {.top = 1}).size(), 1U);
    EXPECT_EQ(house.catalogue->similar_products("r1", {.category = "Mugs"}).front().product_id, "b");
    EXPECT_EQ(house.vision.label_calls, labels);
}

TEST_F(NarrowedQueries, MoreLikeWhatIsNotThereOrNotIndexedIsRefused) {
    house.intake->save_product({.external_id = "bare", .name = "Bare", .description = "", .category = ""});
    const auto code = [&](const std::string& id) {
        try {
            static_cast<void>(house.catalogue->similar_products(id, {}));
        } catch (const Error& error) {
            return error.code();
        }
        return ErrorCode::Internal;
    };
    EXPECT_EQ(code("nobody"), ErrorCode::NotFound);
    EXPECT_EQ(code("bare"), ErrorCode::Conflict);
}

TEST_F(NarrowedQueries, TheWordsInCommonAreAmongTheReasonsPerCropAndPerProduct) {
    const auto added = house.intake->add_product(
        {.external_id = "r", .name = "Red mug", .description = "", .category = ""}, strips({red}));
    ASSERT_EQ(house.finish(*added.job), JobState::Succeeded);
    const JobId query = house.query(strips({red}));
    const auto crops =
        house.database->read([&](Transaction& tx) { return query_result_repository::crops_of(tx, query); });
    EXPECT_EQ(results(query).front().evidence.label_words, std::vector<std::string>{"red"});
    EXPECT_EQ(crops.front().matches.front().evidence.label_words, std::vector<std::string>{"red"});
    const auto tells = [](const std::string& reason) { return reason.find(": red") != std::string::npos; };
    EXPECT_TRUE(std::ranges::any_of(results(query).front().reasons, tells));
    EXPECT_TRUE(std::ranges::any_of(crops.front().matches.front().reasons, tells));
}

TEST_F(NarrowedQueries, PointsOfCropsWithoutFeaturesAreNoneAndOfUnknownOnesAreRefused) {
    index("r", "", "{}", strips({red}));
    index("b", "", "{}", strips({blue}));
    const auto crop = house.catalogue->find("r")->primary->image_id;
    const auto other = house.catalogue->find("b")->primary->image_id;
    EXPECT_TRUE(house.catalogue->matching_points(crop, other).empty());
    EXPECT_THROW(static_cast<void>(house.catalogue->matching_points(crop, {9999})), Error);
}

} // namespace
} // namespace vitrine::testing
