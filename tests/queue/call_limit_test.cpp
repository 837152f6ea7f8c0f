// Limits on calls: over several processes of one PostgreSQL database, and in one process.

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "core/token_bucket.hpp"
#include "jobs/call_limit.hpp"
#include "storage/limit_repository.hpp"
#include "storage/test_database.hpp"
#include "temporary_database.hpp"

namespace vitrine {
namespace {

using namespace std::chrono_literals;
using testing_support::PostgresServer;

/// Counts who is inside at one time.
class Inside {
public:
    void enter() { most_ = std::max(most_.load(), ++now_); } // a race here can only hide a moment, not make one up
    void leave() { --now_; }
    [[nodiscard]] int most() const { return most_; }

private:
    std::atomic<int> now_ = 0;
    std::atomic<int> most_ = 0;
};

class PostgresCallLimitTest : public testing::Test {
protected:
    [[nodiscard]] std::unique_ptr<Database> open() const { return open_postgres({.url = url_}); }
    static CallLimitOptions options(const std::string& holder, int concurrency, double per_second = 0) {
        return {.name = "ml",
                .holder = holder,
                .concurrency = concurrency,
                .calls_per_second = per_second,
                .wait_max = 60s};
    }

    const std::string url_ = PostgresServer::of_this_program().new_database();
};

TEST_F(PostgresCallLimitTest, NoMoreCallsThanAllowedAreUnderWayInAllProcessesTogetherAndEachGetsItsTurn) {
    constexpr int allowed = 3;
    const auto a = open();
    const auto b = open();
    CallLimit first(*a, options("first", allowed));
    CallLimit second(*b, options("second", allowed));
    Inside inside;
    std::atomic<int> calls = 0;
    {
        std::vector<std::jthread> threads;
        for (CallLimit* limit : {&first, &second}) {
            for (int t = 0; t < 4; ++t) {
                threads.emplace_back([&, limit] {
                    for (int i = 0; i < 20; ++i) {
                        const auto turn = limit->wait_for_turn();
                        inside.enter();
                        std::this_thread::sleep_for(1ms); // a call
                        ++calls;
                        inside.leave();
                    }
                });
            }
        }
    }
    EXPECT_EQ(calls, 160);
    EXPECT_LE(inside.most(), allowed);
}

TEST_F(PostgresCallLimitTest, AProcessThatNeverPausesDoesNotStarveTheOthers) {
    const auto a = open();
    const auto b = open();
    CallLimit busy(*a, options("busy", 1));
    CallLimit other(*b, options("other", 1));
    std::atomic<bool> served = false;
    std::vector<std::jthread> greedy;
    for (int t = 0; t < 2; ++t) {
        greedy.emplace_back([&] {
            while (!served) {
                const auto turn = busy.wait_for_turn();
                std::this_thread::sleep_for(1ms); // a call
            }
        });
    }
    for (int i = 0; i < 5; ++i) const auto turn = other.wait_for_turn(); // throws after a minute
    served = true;
}

TEST_F(PostgresCallLimitTest, WhatADeadProcessHeldIsFreeWhenItsLeaseEnds) {
    const auto database = open();
    const int held = database->write([&](Transaction& tx) {
        const auto now = database->clock().now();
        return limit_repository::hold(
            tx,
            {.limit = "ml", .holder = "dead", .permits_max = 2, .wanted = 2, .now = now, .lease_until = now + 300ms});
    });
    ASSERT_EQ(held, 2);
    CallLimit limit(*database, options("living", 2));
    const auto turn = limit.wait_for_turn();
    EXPECT_EQ(PostgresServer::run(url_, "SELECT COUNT(*) FROM permits WHERE holder = 'dead'"), "0");
}

TEST_F(PostgresCallLimitTest, APermitThatNobodyUsesIsGivenBack) {
    const auto a = open();
    const auto b = open();
    CallLimit first(*a, options("first", 1));
    CallLimit second(*b, options("second", 1));
    { const auto turn = first.wait_for_turn(); }
    const auto turn = second.wait_for_turn();
    EXPECT_EQ(PostgresServer::run(url_, "SELECT holder FROM permits"), "second");
}

TEST_F(PostgresCallLimitTest, TheRateHoldsOverAllProcessesTogether) {
    constexpr double per_second = 200;
    const auto a = open();
    const auto b = open();
    CallLimit first(*a, options("first", 0, per_second));
    CallLimit second(*b, options("second", 0, per_second));
    const auto began = std::chrono::steady_clock::now();
    std::atomic<int> calls = 0;
    {
        std::vector<std::jthread> threads;
        for (CallLimit* limit : {&first, &second}) {
            for (int t = 0; t < 2; ++t) {
                threads.emplace_back([&, limit] {
                    for (int i = 0; i < 50; ++i, ++calls) const auto turn = limit->wait_for_turn();
                });
            }
        }
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    EXPECT_EQ(calls, 200);
    // What the bucket held at first, and what flowed into it since.
    EXPECT_LE(calls, per_second / 10 + per_second * took.count() + 1);
}

TEST_F(PostgresCallLimitTest, WhoWaitsTooLongIsToldToComeAgain) {
    const auto database = open();
    auto short_wait = options("impatient", 1);
    short_wait.wait_max = 50ms;
    CallLimit limit(*database, short_wait);
    const auto turn = limit.wait_for_turn();
    try {
        const auto second = limit.wait_for_turn();
        FAIL() << "two calls where one is allowed";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::RateLimited);
        EXPECT_TRUE(error.retryable());
        EXPECT_TRUE(error.retry_after());
    }
}

TEST(CallLimitTest, InOneProcessTheSameLimitsHoldWithoutAskingTheDatabase) {
    const testing_support::TemporaryFolder folder;
    const auto database = open_sqlite({.file = folder.path() / "a.db", .durability = Durability::Normal});
    const auto began = std::chrono::steady_clock::now();
    CallLimit limit(
        *database,
        {.name = "ml", .holder = "me", .concurrency = 2, .calls_per_second = 2'000, .burst = 5, .wait_max = 60s});
    Inside inside;
    std::atomic<int> calls = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 6; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 100; ++i) {
                    const auto turn = limit.wait_for_turn();
                    inside.enter();
                    ++calls;
                    inside.leave();
                }
            });
        }
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    EXPECT_EQ(calls, 600);
    EXPECT_LE(inside.most(), 2);
    // What the bucket held at first, and what flowed into it since: by a clock of whole milliseconds.
    EXPECT_LE(calls, 200 + 2'000 * (took.count() + 0.001));
}

TEST(TokenBucketTest, ItFillsWithTimeAndHoldsNoMoreThanItsCapacity) {
    const auto rate = TokenRate::of(10, 3);
    TokenBucket bucket{.tokens = 3, .filled_at = Timestamp{0ms}};
    EXPECT_EQ(bucket.take(rate, 5, Timestamp{0ms}), 3);
    EXPECT_EQ(bucket.take(rate, 5, Timestamp{50ms}), 0);
    EXPECT_EQ(bucket.until_next(rate), 50ms);
    EXPECT_EQ(bucket.take(rate, 5, Timestamp{100ms}), 1);
    EXPECT_EQ(bucket.take(rate, 5, Timestamp{60'000ms}), 3);
    EXPECT_EQ(bucket.take(rate, 5, Timestamp{0ms}), 0) << "a clock that went back";
}

} // namespace
} // namespace vitrine
