// What was asked over years, told from the QueryMetrics alone, once photos, labels and results are gone. Months pass by
// moving the clock.

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/content_hash.hpp"
#include "engine/query_months.hpp"
#include "lifecycle/run_reports.hpp"
#include "pipeline/pipeline_house.hpp"
#include "storage/image_repository.hpp"
#include "storage/lifecycle_run_repository.hpp"
#include "storage/query_result_repository.hpp"

namespace vitrine::testing {
namespace {

class QueryMonthsTest : public ::testing::Test {
protected:
    void index(const std::string& id, const std::string& category, const std::string& picture) {
        const auto added = house.intake->add_product(
            {.external_id = id, .name = "thing", .description = "", .category = category, .attributes = "{}"}, picture);
        ASSERT_EQ(house.finish(*added.job), JobState::Succeeded);
    }

    void clean_up() {
        const JobId job = house.database->write([&](Transaction& tx) {
            tx.after_commit([this] { house.workers->wake(); });
            return start_cleanup(tx, house.lifecycle_parts(), months_from(house.clock.now(), -12), true);
        });
        ASSERT_EQ(house.finish(job), JobState::Succeeded);
    }

    /// A month later, to the day.
    void pass_a_month() { house.clock.move(months_from(house.clock.now(), 1) - house.clock.now()); }

    [[nodiscard]] std::vector<QueryMonth> months(int count) {
        return query_months_of(*house.database, house.clock.now(), count);
    }

    PipelineHouse house;
};

TEST_F(QueryMonthsTest, ThreeYearsAreToldByMonthAfterPhotosProductsAndQueriesAreGone) {
    constexpr int years_in_months = 36;
    index("SHOE", "Shoes", strips({red}));
    index("HAT", "Hats", strips({blue}));
    std::vector<JobId> queries;
    std::vector<std::string> photos;
    const auto today = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(house.clock.now()));
    constexpr int middle = 15; // so that no month is passed over or met twice
    house.clock.move(std::chrono::days(31 + middle - static_cast<int>(unsigned{today.day()})));
    for (int month = 0; month < years_in_months; ++month) {
        for (int i = 0; i <= month % 3; ++i) {
            photos.push_back(strips({{200 - month, 20 + i, 10 + month}}));
            queries.push_back(house.query(photos.back()));
        }
        clean_up();
        if (month + 1 < years_in_months) pass_a_month();
    }
    for (std::size_t i = 0; i < queries.size(); i += 4) house.deletion->erase_query(queries[i]); // a privacy request
    house.deletion->remove_product("SHOE");
    house.deletion->remove_product("HAT");
    house.clock.move(std::chrono::days(5));
    clean_up();
    EXPECT_FALSE(house.blobs->exists(sha256_hex(photos.front()))) << "it is gone for two years";

    const auto told = months(years_in_months);
    ASSERT_EQ(told.size(), static_cast<std::size_t>(years_in_months));
    for (int month = 0; month < years_in_months; ++month) {
        const QueryMonth& one = told[static_cast<std::size_t>(month)];
        EXPECT_EQ(one.queries, month % 3 + 1) << month;
        EXPECT_EQ(one.latency.count, one.queries);
        EXPECT_GE(one.latency.p99, one.latency.p50);
        ASSERT_FALSE(one.categories.empty()) << month;
        EXPECT_EQ(one.categories.front().category, "Shoes") << "all are rather red";
        EXPECT_EQ(one.categories.front().count, one.queries);
        const auto& before = told[static_cast<std::size_t>(std::max(month - 1, 0))];
        EXPECT_EQ(one.begin, months_from(before.begin, std::min(month, 1)));
    }
}

TEST_F(QueryMonthsTest, QueriesWithoutAGoodAnswerAreCountedByMonth) {
    house.query(strips({red})); // there is nothing to be found
    const auto told = months(1);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told.front().queries, 1);
    EXPECT_EQ(told.front().without_answer, 1);
}

TEST_F(QueryMonthsTest, WhatAQueryWasNarrowedToIsWhatItAskedForWhereNothingWasFound) {
    index("SHOE", "Shoes", strips({red}));
    QueryOptions options;
    options.category = "Boats";
    house.query(strips({red}), options);
    const auto told = months(1);
    ASSERT_EQ(told.front().categories.size(), 1U);
    EXPECT_EQ(told.front().categories.front().category, "Boats");
}

TEST_F(QueryMonthsTest, ThereIsNothingToTellBeforeTheFirstQuery) {
    EXPECT_TRUE(months(120).empty());
    EXPECT_THROW(months(0), Error);
    EXPECT_THROW(months(1'201), Error);
}

} // namespace
} // namespace vitrine::testing
