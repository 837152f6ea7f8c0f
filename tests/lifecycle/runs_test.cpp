// Retention and the runs that come by themselves. Months pass by moving the clock.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <latch>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/content_hash.hpp"
#include "lifecycle/run_reports.hpp"
#include "pipeline/pipeline_house.hpp"
#include "storage/image_repository.hpp"
#include "storage/job_repository.hpp"
#include "storage/lifecycle_run_repository.hpp"
#include "storage/query_result_repository.hpp"
#include "storage/task_repository.hpp"

namespace vitrine::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::days year{366};

class RunsTest : public ::testing::Test {
protected:
    CleanupReport cleanup(Timestamp cutoff) {
        const JobId job = house.database->write([&](Transaction& tx) {
            tx.after_commit([this] { house.workers->wake(); });
            return start_cleanup(tx, house.lifecycle_parts(), cutoff, false);
        });
        EXPECT_EQ(house.finish(job), JobState::Succeeded);
        return house.database->read(
            [&](Transaction& tx) { return cleanup_report_from(*lifecycle_run_repository::report_of(tx, job)); });
    }
    /// Of which nothing is known but that they came now.
    void add_originals(int count) {
        house.database->write([&](Transaction& tx) {
            for (int i = 0; i < count; ++i) {
                image_repository::find_or_add_original(tx,
                                                       {.sha256 = sha256_hex(std::to_string(i)),
                                                        .media_type = "image/png",
                                                        .bytes = 1,
                                                        .width = 1,
                                                        .height = 1},
                                                       house.clock.now());
            }
        });
    }
    Timestamp a_year_ago() { return months_from(house.clock.now(), -12); }
    bool is_stored(const std::string& bytes) { return house.blobs->exists(sha256_hex(bytes)); }
    bool has_row(const std::string& bytes) {
        return house.database->read(
            [&](Transaction& tx) { return image_repository::has_original(tx, sha256_hex(bytes)); });
    }
    std::size_t runs(const std::string& kind) {
        return house.database->read([&](Transaction& tx) { return lifecycle_run_repository::newest(tx, kind, 100); })
            .size();
    }
    bool start_due() {
        return house.database->write([&](Transaction& tx) {
            tx.after_commit([this] { house.workers->wake(); });
            return start_due_runs(tx, house.lifecycle_parts(), 12, house.clock.now());
        });
    }

    PipelineHouse house;
    const std::string photo = strips({red, green});
    const std::string other = strips({blue, green});
};

TEST_F(RunsTest, AQuerysPhotoGoesAfterItsTimeAndItsMetricsStay) {
    const JobId query = house.query(photo);
    house.clock.move(year);
    const CleanupReport report = cleanup(a_year_ago());
    EXPECT_EQ(report.images, 1);
    EXPECT_EQ(report.crops, 1);
    EXPECT_EQ(report.bytes, static_cast<std::int64_t>(photo.size()));
    EXPECT_FALSE(is_stored(photo));
    EXPECT_FALSE(has_row(photo));
    house.database->read([&](Transaction& tx) {
        EXPECT_TRUE(query_result_repository::metrics_of(tx, query).has_value());
        EXPECT_TRUE(job_repository::find(tx, query).has_value());
    });
}

TEST_F(RunsTest, WhatIsYoungerOrAProductsStays) {
    ASSERT_EQ(house.index("P1", "red thing", photo), JobState::Succeeded);
    house.query(photo);
    house.clock.move(year);
    house.query(other);
    EXPECT_EQ(cleanup(a_year_ago()).images, 0);
    EXPECT_TRUE(is_stored(photo));
    EXPECT_TRUE(is_stored(other));
}

TEST_F(RunsTest, APhotoThatWasHandedInAgainLatelyStays) {
    house.query(photo);
    house.clock.move(year);
    house.query(photo);
    EXPECT_EQ(cleanup(a_year_ago()).images, 0);
    EXPECT_TRUE(is_stored(photo));
}

TEST_F(RunsTest, APreviewSaysWhatWouldGoAndChangesNothing) {
    house.query(photo);
    house.query(other);
    house.clock.move(year);
    const CleanupReport report = preview_cleanup(*house.database, a_year_ago());
    EXPECT_TRUE(report.dry_run);
    EXPECT_EQ(report.images, 2);
    EXPECT_EQ(report.crops, 2);
    EXPECT_EQ(report.bytes, static_cast<std::int64_t>(photo.size() + other.size()));
    EXPECT_TRUE(is_stored(photo));
    EXPECT_TRUE(has_row(other));
    const CleanupReport done = cleanup(a_year_ago());
    EXPECT_EQ(done.images, report.images);
    EXPECT_EQ(done.bytes, report.bytes);
}

TEST_F(RunsTest, ACleanupGoesThroughMoreThanOneBatch) {
    add_originals(120);
    house.clock.move(year);
    EXPECT_EQ(cleanup(a_year_ago()).images, 120);
}

TEST_F(RunsTest, ACleanupMakesWayWhileAQueryIsThere) {
    const auto steps_of_newest = [&] {
        return house.database->read([](Transaction& tx) {
            const JobId job = lifecycle_run_repository::newest(tx, "cleanup", 1).at(0).job;
            return std::ranges::count(task_repository::tasks_of(tx, job), "remove_expired_images", &Task::kind);
        });
    };
    add_originals(12);
    house.clock.move(year);
    cleanup(a_year_ago());
    EXPECT_EQ(steps_of_newest(), 2) << "all at once, and that there are no more";

    std::latch reached(1), answer(1);
    house.vision.before_crop = [&](int) {
        reached.count_down();
        answer.wait();
    };
    add_originals(12);
    house.clock.move(year);
    const JobId query = house.intake->submit_query(photo, {});
    reached.wait();
    EXPECT_EQ(cleanup(a_year_ago()).images, 12);
    EXPECT_EQ(steps_of_newest(), 4) << "five, five, two";
    answer.count_down();
    EXPECT_EQ(house.finish(query), JobState::Succeeded);
}

TEST_F(RunsTest, ACleanupThatWasInterruptedGoesOnWhereItWas) {
    house.query(photo);
    house.query(other);
    house.clock.move(year);
    const JobId job = house.database->write([&](Transaction& tx) { // and nobody is woken
        return start_cleanup(tx, house.lifecycle_parts(), a_year_ago(), false);
    });
    house.restart();
    EXPECT_EQ(house.finish(job), JobState::Succeeded);
    EXPECT_FALSE(has_row(photo));
    EXPECT_FALSE(is_stored(other));
}

TEST_F(RunsTest, NoTwoCleanupsRunAtOneTime) {
    house.database->write([&](Transaction& tx) {
        const JobId first = start_cleanup(tx, house.lifecycle_parts(), a_year_ago(), true);
        EXPECT_EQ(start_cleanup(tx, house.lifecycle_parts(), a_year_ago(), false), first);
    });
    EXPECT_EQ(runs("cleanup"), 1U);
}

TEST_F(RunsTest, MonthsAreCountedByTheCalendar) {
    using namespace std::chrono;
    const Timestamp january = sys_days(year_month_day(2026y / 1 / 31)) + 5h;
    EXPECT_EQ(months_from(january, 1), Timestamp(sys_days(year_month_day(2026y / 2 / 28)) + 5h));
    EXPECT_EQ(months_from(january, -12), Timestamp(sys_days(year_month_day(2025y / 1 / 31)) + 5h));
}

TEST_F(RunsTest, NothingIsDueBeforeItsFirstTime) {
    house.database->write([&](Transaction& tx) { plan_runs(tx, house.clock.now()); });
    EXPECT_FALSE(start_due());
    house.clock.move(std::chrono::days(6));
    EXPECT_FALSE(start_due());
}

TEST_F(RunsTest, ARunThatWasMissedForMonthsHappensOnce) {
    house.database->write([&](Transaction& tx) { plan_runs(tx, house.clock.now()); });
    house.query(photo);
    house.clock.move(year * 2);
    house.restart(); // it was switched off for two years
    EXPECT_TRUE(start_due());
    EXPECT_FALSE(start_due());
    EXPECT_EQ(runs("cleanup"), 1U);
    EXPECT_EQ(runs("check"), 1U);
    const JobId job = *house.database->read(
        [](Transaction& tx) { return std::optional(lifecycle_run_repository::newest(tx, "cleanup", 1).at(0).job); });
    EXPECT_EQ(house.finish(job), JobState::Succeeded);
    EXPECT_FALSE(is_stored(photo));
    house.clock.move(std::chrono::days(32));
    EXPECT_TRUE(start_due()) << "and again a month later";
    EXPECT_EQ(runs("cleanup"), 2U);
}

TEST_F(RunsTest, OfManyProcessesThatFindARunDueOneStartsIt) {
    house.database->write([&](Transaction& tx) { plan_runs(tx, house.clock.now()); });
    house.clock.move(std::chrono::days(40));
    std::atomic<int> started = 0;
    std::vector<std::jthread> processes;
    for (int i = 0; i < 8; ++i) {
        processes.emplace_back([&] { started += start_due() ? 1 : 0; });
    }
    processes.clear();
    EXPECT_EQ(started, 1);
    EXPECT_EQ(runs("cleanup"), 1U);
}

TEST_F(RunsTest, PlanningAgainMovesNothing) {
    house.database->write([&](Transaction& tx) { plan_runs(tx, house.clock.now()); });
    const auto next = house.database->read([](Transaction& tx) { return next_run(tx); });
    house.clock.move(std::chrono::days(3));
    house.database->write([&](Transaction& tx) { plan_runs(tx, house.clock.now()); });
    EXPECT_EQ(house.database->read([](Transaction& tx) { return next_run(tx); }), next);
}

} // namespace
} // namespace vitrine::testing
