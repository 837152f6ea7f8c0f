#include "core/bulkhead.hpp"

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace vitrine {
namespace {

using End = Bulkhead::End;
using namespace std::chrono_literals;

TEST(Bulkhead, LetsInNoMoreThanItHolds) {
    Bulkhead bulkhead(2);
    EXPECT_TRUE(bulkhead.enter(0ms));
    EXPECT_TRUE(bulkhead.enter(0ms));
    EXPECT_FALSE(bulkhead.enter(1ms));
    bulkhead.leave(End::Otherwise);
    EXPECT_TRUE(bulkhead.enter(0ms));
}

TEST(Bulkhead, OfZeroHoldsAnyNumber) {
    Bulkhead bulkhead(0);
    for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(bulkhead.enter(0ms));
    bulkhead.leave(End::Throttled);
    bulkhead.leave(End::Succeeded);
    EXPECT_TRUE(bulkhead.enter(0ms));
}

TEST(Bulkhead, WhoWaitsIsLetInWhenSomebodyLeaves) {
    Bulkhead bulkhead(1);
    ASSERT_TRUE(bulkhead.enter(0ms));
    auto waiting = std::async(std::launch::async, [&] { return bulkhead.enter(60'000ms); });
    bulkhead.leave(End::Succeeded);
    EXPECT_TRUE(waiting.get());
}

TEST(Bulkhead, WhoLeavesLetsTheNextInWithoutWaitingForItToWakeUp) {
    Bulkhead bulkhead(1);
    ASSERT_TRUE(bulkhead.enter(0ms));
    std::thread::id entered_by;
    auto waiting = std::async(
        std::launch::async, [&] { return bulkhead.enter(60'000ms, [&] { entered_by = std::this_thread::get_id(); }); });
    while (bulkhead.waiting() == 0) std::this_thread::yield();
    bulkhead.leave(End::Succeeded);
    EXPECT_EQ(entered_by, std::this_thread::get_id());
    EXPECT_TRUE(waiting.get());
    EXPECT_FALSE(bulkhead.enter(0ms)) << "it is in";
    bulkhead.leave(End::Succeeded);
    EXPECT_TRUE(bulkhead.enter(0ms, [&] { entered_by = {}; }));
    EXPECT_EQ(entered_by, std::thread::id{}) << "with room, at once";
}

TEST(Bulkhead, WhoGivesUpStandsInNobodysWay) {
    Bulkhead bulkhead(1);
    ASSERT_TRUE(bulkhead.enter(0ms));
    auto second = std::async(std::launch::async, [&] { return bulkhead.enter(1ms); });
    auto third = std::async(std::launch::async, [&] { return bulkhead.enter(60'000ms); });
    EXPECT_FALSE(second.get());
    bulkhead.leave(End::Otherwise);
    EXPECT_TRUE(third.get());
}

TEST(Bulkhead, IsHalvedForAServerThatAsksForFewerCallsAndGrowsBack) {
    Bulkhead bulkhead(16);
    const auto call = [&](End end) {
        ASSERT_TRUE(bulkhead.enter(0ms));
        bulkhead.leave(end);
    };
    call(End::Throttled);
    EXPECT_EQ(bulkhead.at_once(), 8);
    call(End::Throttled);
    EXPECT_EQ(bulkhead.at_once(), 8) << "the calls that were under way tell the same thing once more";
    call(End::Otherwise);
    EXPECT_EQ(bulkhead.at_once(), 8);
    for (int i = 0; i < 10; ++i) call(End::Succeeded);
    EXPECT_EQ(bulkhead.at_once(), 9);
    for (int i = 0; i < 1'000; ++i) call(End::Succeeded);
    EXPECT_EQ(bulkhead.at_once(), 16);
}

TEST(Bulkhead, HoldsItsBoundUnderManyThreads) {
    Bulkhead bulkhead(3);
    std::atomic<int> inside{0};
    std::atomic<int> most{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 8; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 500; ++i) {
                    if (!bulkhead.enter(60'000ms)) continue;
                    const int now = ++inside;
                    int seen = most;
                    while (now > seen && !most.compare_exchange_weak(seen, now)) {
                    }
                    --inside;
                    bulkhead.leave(End::Succeeded);
                }
            });
        }
    }
    EXPECT_LE(most, 3);
    EXPECT_EQ(inside, 0);
}

} // namespace
} // namespace vitrine
