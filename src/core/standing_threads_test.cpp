#include "core/standing_threads.hpp"

#include <atomic>
#include <barrier>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace vitrine {
namespace {

using namespace std::chrono_literals;

std::thread::id this_thread() {
    return std::this_thread::get_id();
}

TEST(StandingThreads, WorkIsDoneByAThreadThatStaysForTheNext) {
    StandingThreads threads(1);
    const auto first = threads.run(this_thread).get();
    EXPECT_NE(first, this_thread());
    for (int i = 0; i < 100; ++i) {
        // It tells its result a moment before it waits again, and meanwhile there may be another.
        std::this_thread::sleep_for(1ms);
        if (threads.run(this_thread).get() == first) return;
    }
    FAIL() << "every work had a thread of its own";
}

TEST(StandingThreads, AsMuchWorkAsThereIsRunsAtOneTime) {
    StandingThreads threads(2);
    constexpr int many = 20;
    std::barrier meet(many); // nobody passes before all have come
    std::vector<Awaited<void>> works;
    for (int i = 0; i < many; ++i) works.push_back(threads.run([&meet] { meet.arrive_and_wait(); }));
    for (auto& work : works) work.get();
}

TEST(StandingThreads, WhatTheWorkThrowsIsThrownWhereItsResultIsTaken) {
    StandingThreads threads(1);
    auto work = threads.run([]() -> int { throw std::runtime_error("no"); });
    EXPECT_THROW(static_cast<void>(work.get()), std::runtime_error);
    EXPECT_EQ(threads.run([] { return 7; }).get(), 7) << "the thread goes on";
}

TEST(StandingThreads, AResultNobodyTookIsWaitedFor) {
    StandingThreads threads(1);
    std::atomic<int> done{0};
    const auto work = [&done] {
        std::this_thread::sleep_for(20ms);
        ++done;
    };
    { const auto dropped = threads.run(work); }
    EXPECT_EQ(done, 1);
    auto replaced = threads.run(work);
    replaced = {};
    EXPECT_EQ(done, 2);
    EXPECT_FALSE(replaced.valid());
}

TEST(StandingThreads, WorkUnderWayEndsBeforeTheyDo) {
    std::atomic<bool> done{false};
    Awaited<void> work;
    {
        StandingThreads threads(1);
        work = threads.run([&done] {
            std::this_thread::sleep_for(20ms);
            done = true;
        });
    }
    EXPECT_TRUE(done);
    work.get();
}

TEST(StandingThreads, ManyCallersAtOnceLoseNothing) {
    StandingThreads threads(3);
    std::atomic<int> sum{0};
    {
        std::vector<std::jthread> callers;
        for (int c = 0; c < 8; ++c) {
            callers.emplace_back([&] {
                for (int i = 0; i < 200; ++i) threads.run([&sum] { ++sum; }).get();
            });
        }
    }
    EXPECT_EQ(sum, 8 * 200);
}

TEST(StandingThreads, WorkThatNobodyWaitsForHasEndedWhenTheyAreGone) {
    std::atomic<int> done = 0;
    {
        StandingThreads threads(1);
        for (int i = 0; i < 20; ++i) {
            threads.add([&] {
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
                ++done;
            });
        }
    }
    EXPECT_EQ(done, 20);
}

} // namespace
} // namespace vitrine
