#include <gtest/gtest.h>

#include "jobs/queue.hpp"
#include "storage/job_repository.hpp"
#include "storage/test_database.hpp"

#include "temporary_database.hpp"

namespace vitrine {
namespace {

using namespace std::chrono_literals;

class QueueDeaths : public ::testing::Test {
protected:
    /// One job whose only task is claimed by a process that then dies, `deaths` times; what the last recovery found.
    Recovered die(int deaths) {
        database_->write([&](Transaction& tx) {
            job_ =
                queue_->accept(tx, {.kind = "test", .subject = "{}", .first = {.kind = "step", .subject = ""}}, now_);
        });
        Recovered last;
        for (int i = 0; i < deaths; ++i) {
            now_ += 1h;
            claimed_ = database_->write([&](Transaction& tx) { return queue_->claim(tx, "w", 1, now_, 10s); });
            last = database_->write([&](Transaction& tx) { return queue_->recover(tx, now_, true); });
        }
        return last;
    }

    JobState state() {
        return database_->read([&](Transaction& tx) { return job_repository::find(tx, job_)->state; });
    }

    testing_support::TemporaryFolder folder_;
    std::unique_ptr<Database> database_ = testing_support::open_test_database(folder_.path());
    std::unique_ptr<Queue> queue_ = make_sql_queue({.usual = 2, .by_kind = {}, .deaths_max = 7});
    Timestamp now_{Milliseconds{1'700'000'000'000}};
    JobId job_;
    std::vector<Task> claimed_;
};

TEST_F(QueueDeaths, AProcessThatIsKilledOftenUsesUpNoAttempts) {
    EXPECT_TRUE(die(6).failed.empty());
    now_ += 1h;
    const auto tasks = database_->write([&](Transaction& tx) { return queue_->claim(tx, "w", 1, now_, 10s); });
    ASSERT_EQ(tasks.size(), 1U);
    // its own two attempts are still there: this failure may be tried again
    EXPECT_LT(tasks.front().attempts, tasks.front().max_attempts);
}

TEST_F(QueueDeaths, ATaskThatKillsItsProcessEveryTimeEndsFailedAndItsJobToo) {
    EXPECT_EQ(die(7).failed.size(), 1U);
    EXPECT_EQ(state(), JobState::Failed);
}

} // namespace
} // namespace vitrine
