#include "core/call_statistics.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/not_its_turn.hpp"

namespace vitrine {
namespace {

using namespace std::chrono_literals;

void call(CallStatistics& statistics, CallStatistics::Duration took) {
    statistics.began();
    statistics.succeeded(took);
}

TEST(CallStatistics, ACallIsUnderWayUntilItEndsAndThenCountedByHowItEnded) {
    CallStatistics statistics;
    statistics.began();
    statistics.began();
    EXPECT_EQ(statistics.counts().under_way, 2);
    statistics.succeeded(1ms);
    statistics.failed(Error(ErrorCode::Unavailable, "Down."));
    const std::vector<std::pair<ErrorCode, std::int64_t CallCounts::*>> ends{
        {ErrorCode::TimedOut, &CallCounts::failed_for_now},
        {ErrorCode::RateLimited, &CallCounts::throttled},
        {ErrorCode::BadInput, &CallCounts::failed_for_good},
        {ErrorCode::Configuration, &CallCounts::failed_for_good}};
    for (const auto& [code, counted] : ends) {
        const auto before = statistics.counts().*counted;
        statistics.began();
        statistics.failed(Error(code, "It failed."));
        EXPECT_EQ(statistics.counts().*counted, before + 1) << static_cast<int>(code);
    }
    EXPECT_EQ(statistics.counts().under_way, 0);
    EXPECT_EQ(statistics.counts().succeeded, 1);
    EXPECT_EQ(statistics.counts().failed_for_now, 2);
}

TEST(CallStatistics, WhatWasNotItsTurnIsHeldBackWhetherItWasMadeOrNot) {
    CallStatistics statistics;
    statistics.held_back();
    statistics.began();
    statistics.failed(NotItsTurn(ErrorCode::Unavailable, "Loading."));
    EXPECT_EQ(statistics.counts().held_back, 2);
    EXPECT_EQ(statistics.counts().failed_for_now, 0);
    EXPECT_EQ(statistics.counts().under_way, 0);
}

TEST(CallStatistics, EverySuccessIsInOneBucketAndInTheSum) {
    CallStatistics statistics;
    for (const auto took : {CallStatistics::Duration(1us), CallStatistics::Duration(30ms), CallStatistics::Duration(2s),
                            CallStatistics::Duration(1h)}) {
        call(statistics, took);
    }
    const auto counts = statistics.counts();
    std::int64_t all = 0;
    for (const auto in_bucket : counts.took) all += in_bucket;
    EXPECT_EQ(all, 4);
    EXPECT_EQ(counts.took.back(), 1) << "what is longer than every bound is in the last";
    EXPECT_EQ(counts.took.front(), 1);
    EXPECT_NEAR(counts.seconds_total, 3602.03, 0.001);
}

TEST(CallStatistics, UsualFollowsTheLastDozenOfCalls) {
    CallStatistics statistics;
    EXPECT_FALSE(statistics.usual());
    call(statistics, 100ms);
    EXPECT_EQ(statistics.usual().value(), CallStatistics::Duration(100ms));
    call(statistics, 200ms);
    EXPECT_GT(statistics.usual().value(), 100ms);
    EXPECT_LT(statistics.usual().value(), 150ms) << "one call alone does not decide";
    for (int i = 0; i < 100; ++i) call(statistics, 10ms);
    EXPECT_LT(statistics.usual().value(), 11ms);
}

TEST(CallStatistics, ThreadsThatCountTogetherLoseNothing) {
    CallStatistics statistics;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 1000; ++i) call(statistics, 1ms);
            });
        }
    }
    EXPECT_EQ(statistics.counts().succeeded, 4000);
    EXPECT_EQ(statistics.counts().under_way, 0);
}

} // namespace
} // namespace vitrine
