#include "jobs/job_waiters.hpp"

#include <future>

#include <gtest/gtest.h>

namespace vitrine {
namespace {

using namespace std::chrono_literals;

constexpr JobId job{7};

std::chrono::steady_clock::time_point a_while() {
    return std::chrono::steady_clock::now() + 60s;
}

TEST(JobWaiters, WhoeverIsToldHowTheJobEndedDoesNotLookAgain) {
    JobWaiters waiters;
    int looks = 0;
    std::promise<void> looked;
    auto state = std::async(std::launch::async, [&] {
        return waiters.wait(job, a_while(), [&] {
            if (++looks == 1) looked.set_value();
            return JobState::Running;
        });
    });
    looked.get_future().wait();
    waiters.touch(job, JobState::PartiallySucceeded);
    EXPECT_EQ(state.get(), JobState::PartiallySucceeded);
    EXPECT_EQ(looks, 1);
}

TEST(JobWaiters, WhatIsNotTheEndMakesThemLook) {
    JobWaiters waiters;
    int looks = 0;
    std::promise<void> looked;
    auto state = std::async(std::launch::async, [&] {
        return waiters.wait(job, a_while(), [&] {
            if (++looks == 1) looked.set_value();
            return looks == 1 ? JobState::Running : JobState::Failed;
        });
    });
    looked.get_future().wait();
    waiters.touch(JobId{8}, JobState::Succeeded); // another's
    waiters.touch(job);
    EXPECT_EQ(state.get(), JobState::Failed);
    EXPECT_EQ(looks, 2);
}

TEST(JobWaiters, AnEndThatNobodyWaitedForIsLookedUp) {
    JobWaiters waiters;
    waiters.touch(job, JobState::Succeeded);
    EXPECT_EQ(waiters.wait(job, a_while(), [] { return JobState::Cancelled; }), JobState::Cancelled);
    EXPECT_EQ(waiters.wait(job, std::chrono::steady_clock::now(), [] { return JobState::Running; }), std::nullopt);
}

} // namespace
} // namespace vitrine
