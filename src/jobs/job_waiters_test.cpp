#include "jobs/job_waiters.hpp"

#include <future>
#include <memory>
#include <optional>
#include <stdexcept>

#include <gtest/gtest.h>

namespace vitrine {
namespace {

using namespace std::chrono_literals;

constexpr JobId job{7};

std::chrono::steady_clock::time_point a_while() {
    return std::chrono::steady_clock::now() + 60s;
}

class JobWaitersTest : public ::testing::Test {
protected:
    /// Somebody who waits for the job and has looked once, when it was running; looking again finds `then`.
    std::future<std::optional<JobState>> somebody_waits(JobState then) {
        const auto looked = std::make_shared<std::promise<void>>(); // outlives this call
        auto state = std::async(std::launch::async, [this, then, looked] {
            return waiters_.wait(job, a_while(), [this, then, &looked] {
                if (++looks_ > 1) return then;
                looked->set_value();
                return JobState::Running;
            });
        });
        looked->get_future().wait();
        return state;
    }

    JobWaiters waiters_;
    int looks_ = 0;
};

TEST_F(JobWaitersTest, WhoeverIsToldHowTheJobEndedDoesNotLookAgain) {
    auto state = somebody_waits(JobState::Failed);
    waiters_.touch(job, JobState::PartiallySucceeded);
    EXPECT_EQ(state.get(), JobState::PartiallySucceeded);
    EXPECT_EQ(looks_, 1);
}

TEST_F(JobWaitersTest, WhatIsNotTheEndMakesThemLook) {
    auto state = somebody_waits(JobState::Failed);
    waiters_.touch(JobId{8}, JobState::Succeeded); // another's
    waiters_.touch(job);
    EXPECT_EQ(state.get(), JobState::Failed);
    EXPECT_EQ(looks_, 2);
}

TEST_F(JobWaitersTest, WhoeverComesRightAfterASuccessDoesNotLook) {
    waiters_.touch(job, JobState::Succeeded);
    const auto not_asked = []() -> JobState { throw std::logic_error("looked"); };
    EXPECT_EQ(waiters_.wait(job, a_while(), not_asked), JobState::Succeeded);
    for (const JobId another : {JobId{8}, JobId{0}})
        EXPECT_THROW(waiters_.wait(another, a_while(), not_asked), std::logic_error);
    for (int other = 100; other < 200; ++other) waiters_.touch(JobId{other}, JobState::Succeeded);
    EXPECT_THROW(waiters_.wait(job, a_while(), not_asked), std::logic_error) << "it was long ago";
}

TEST_F(JobWaitersTest, AnEndThatNobodyWaitedForAndThatARetryMayTakeBackIsLookedUp) {
    waiters_.touch(job, JobState::Failed);
    EXPECT_EQ(waiters_.wait(job, a_while(), [] { return JobState::Cancelled; }), JobState::Cancelled);
    EXPECT_EQ(waiters_.wait(job, std::chrono::steady_clock::now(), [] { return JobState::Running; }), std::nullopt);
}

} // namespace
} // namespace vitrine
