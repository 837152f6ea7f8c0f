#include "jobs/held_tasks.hpp"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vitrine {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr auto limit = 60s;

Task task(std::int64_t id, int priority = 0, int attempts = 1) {
    Task made;
    made.id = {id};
    made.job_id = {id * 10};
    made.priority = priority;
    made.attempts = attempts;
    return made;
}

std::shared_ptr<RunningTask> take(HeldTasks& held, std::chrono::steady_clock::duration time_limit = limit,
                                  std::chrono::steady_clock::duration ran_for = 0s) {
    return held.take([&](RunningTask& run) {
        run.began = std::chrono::steady_clock::now() - ran_for;
        run.deadline = run.began + time_limit;
    });
}

/// Runs `steps` steps of `step_time` with commits of `commit_time`, so that both averages are known.
void measure(HeldTasks& held, std::chrono::nanoseconds step_time, std::chrono::nanoseconds commit_time,
             int steps = 30) {
    for (int i = 0; i < steps; ++i) {
        static_cast<void>(held.give({task(1000 + i)}, 0));
        static_cast<void>(held.settle(take(held, limit, step_time)));
        held.note_commit(commit_time);
    }
}

TEST(HeldTasksTest, EveryIdleThreadIsClaimedFor) {
    EXPECT_EQ(HeldTasks(3).reserve(), 3);
}

TEST(HeldTasksTest, WhatIsReservedOrWaitingOrRunningIsNotClaimedTwice) {
    HeldTasks held(3);
    EXPECT_EQ(held.reserve(), 3);
    EXPECT_EQ(held.reserve(), 0);
    held.release(1);
    EXPECT_EQ(held.reserve(), 1);
    EXPECT_THAT(held.give({task(1), task(2)}, 3), IsEmpty());
    EXPECT_EQ(held.reserve(), 1);
    held.release(1);
    const auto run = take(held);
    EXPECT_EQ(held.reserve(), 1) << "one runs, one waits, one thread is idle";
}

TEST(HeldTasksTest, SlowStepsAreNotClaimedAhead) {
    HeldTasks held(4);
    measure(held, 50ms, 1ms);
    EXPECT_EQ(held.reserve(), 4);
}

TEST(HeldTasksTest, FastStepsAreClaimedAheadForAsLongAsACommitTakes) {
    HeldTasks held(1);
    measure(held, 100us, 5ms, 200);
    const int reserved = held.reserve();
    EXPECT_GT(reserved, 5);
    EXPECT_LE(reserved, 1 + 51);
}

TEST(HeldTasksTest, ClaimingAheadIsBounded) {
    HeldTasks held(2);
    measure(held, 1us, 10s, 200);
    EXPECT_LE(held.reserve(), 2 + 2 * 128);
}

TEST(HeldTasksTest, HigherPriorityIsTakenFirstThenTheOldest) {
    HeldTasks held(4);
    auto late = task(1);
    late.run_after += 5s;
    static_cast<void>(held.give({late, task(3), task(2), task(4, 10)}, 0));
    std::vector<std::int64_t> order;
    for (int i = 0; i < 4; ++i) order.push_back(take(held)->task.id.value);
    EXPECT_THAT(order, ElementsAre(4, 2, 3, 1));
}

Task label(std::int64_t id) {
    auto made = task(id);
    made.kind = "label";
    return made;
}

std::vector<std::int64_t> taken(HeldTasks& held, int count) {
    std::vector<std::int64_t> ids;
    for (int i = 0; i < count; ++i) ids.push_back(take(held)->task.id.value);
    return ids;
}

TEST(HeldTasksTest, OfABoundedKindNoMoreRunAndOthersGoPastThoseThatWait) {
    HeldTasks held(8, {{"label", 2}});
    static_cast<void>(held.give({label(1), label(2), label(3), task(4), label(5), task(6)}, 0));
    const auto first = take(held);
    EXPECT_THAT(taken(held, 3), ElementsAre(2, 4, 6));
    EXPECT_EQ(held.settle(first), HeldTasks::Settled::Ours);
    EXPECT_THAT(taken(held, 1), ElementsAre(3)) << "the place of the first";
}

TEST(HeldTasksTest, AThreadSleepsWhileOnlyTasksWithoutAPlaceWaitAndWakesWhenOneIsFree) {
    HeldTasks held(3, {{"label", 1}});
    static_cast<void>(held.give({label(1), label(2)}, 0));
    const auto overdue = take(held, 1ms, 2ms);
    auto second = std::async(std::launch::async, [&] { return take(held)->task.id.value; });
    static_cast<void>(held.take_overdue(std::chrono::steady_clock::now()));
    EXPECT_EQ(second.get(), 2) << "a step that overran its limit may never end; its place is free";
    EXPECT_EQ(held.settle(overdue), HeldTasks::Settled::Retire);
    static_cast<void>(held.give({label(3), task(4)}, 0));
    EXPECT_THAT(taken(held, 1), ElementsAre(4)) << "it frees its place once and not again when it ends";
}

TEST(HeldTasksTest, ClaimsGoOnPastARoundOfTasksWithoutAPlace) {
    HeldTasks held(6, {{"label", 2}});
    std::vector<Task> labels;
    for (int i = 1; i <= 5; ++i) labels.push_back(label(i));
    static_cast<void>(held.give(labels, 0));
    static_cast<void>(taken(held, 2));
    EXPECT_EQ(held.reserve(), 3) << "four threads are idle; of three labels that wait two are passed over";
    EXPECT_TRUE(HeldTasks(6, {{"label", 2}}).has_room());
}

TEST(HeldTasksTest, PastSlowStepsNoMoreIsClaimedThanIsWorthIt) {
    HeldTasks held(6, {{"label", 2}});
    for (int i = 0; i < 20; ++i) {
        static_cast<void>(held.give({label(100 + i)}, 0));
        static_cast<void>(held.settle(take(held, limit, 5s)));
    }
    std::vector<Task> labels;
    for (int i = 1; i <= 6; ++i) labels.push_back(label(i));
    static_cast<void>(held.give(labels, 0));
    static_cast<void>(taken(held, 2));
    EXPECT_EQ(held.reserve(), 0) << "four threads are idle, and four labels wait for seconds";
}

TEST(HeldTasksTest, WhatWaitsWithoutAPlaceIsHeldAndGivenBack) {
    HeldTasks held(3, {{"label", 1}});
    static_cast<void>(held.give({label(1), label(2), label(3)}, 0));
    const auto run = take(held);
    EXPECT_TRUE(held.holds(JobId{20}));
    EXPECT_THAT(held.all(), SizeIs(3));
    EXPECT_THAT(held.keep_only({{TaskId{1}, 1}, {TaskId{3}, 1}}), ElementsAre(JobId{20}));
    EXPECT_THAT(held.close(), SizeIs(1));
}

TEST(HeldTasksTest, AnOverdueStepIsLetGoAskedToStopAndReplacedOnce) {
    HeldTasks held(1);
    static_cast<void>(held.give({task(1)}, 0));
    const auto run = take(held, 1ms, 2ms);
    const auto overdue = held.take_overdue(std::chrono::steady_clock::now());
    EXPECT_THAT(overdue.timed_out, ElementsAre(run));
    EXPECT_EQ(overdue.to_replace, 1);
    EXPECT_TRUE(run->stop.stop_requested());
    EXPECT_THAT(held.take_overdue(std::chrono::steady_clock::now()).timed_out, IsEmpty());
    EXPECT_EQ(held.reserve(), 1) << "its replacement is idle";
    EXPECT_EQ(held.settle(run), HeldTasks::Settled::Retire);
}

TEST(HeldTasksTest, ReplacementsAreBounded) {
    HeldTasks held(1);
    for (int i = 0; i < 10; ++i) {
        static_cast<void>(held.give({task(i + 1)}, 0));
        static_cast<void>(take(held, 1ms, 2ms));
    }
    EXPECT_EQ(held.take_overdue(std::chrono::steady_clock::now()).to_replace, 3);
}

TEST(HeldTasksTest, TheNextDeadlineIsTheEarliestOfWhatStillRuns) {
    HeldTasks held(2);
    EXPECT_EQ(held.next_deadline(), std::nullopt);
    static_cast<void>(held.give({task(1), task(2)}, 0));
    const auto late = take(held, 60s);
    const auto early = take(held, 30s);
    EXPECT_EQ(held.next_deadline(), early->deadline);
    EXPECT_EQ(held.settle(early), HeldTasks::Settled::Ours);
    EXPECT_EQ(held.next_deadline(), late->deadline);
}

TEST(HeldTasksTest, WhatWasTakenFromUsIsLetGoAndItsStepAskedToStop) {
    HeldTasks held(2);
    static_cast<void>(held.give({task(1), task(2), task(3), task(4)}, 0));
    const auto kept = take(held);
    const auto lost = take(held);
    EXPECT_THAT(held.keep_only({{TaskId{1}, 1}, {TaskId{3}, 1}, {TaskId{2}, 2}}), ElementsAre(JobId{40}, JobId{20}));
    EXPECT_FALSE(kept->stop.stop_requested());
    EXPECT_TRUE(lost->stop.stop_requested()) << "a later attempt of it is held, not this one";
    EXPECT_EQ(held.settle(lost), HeldTasks::Settled::Lost);
    EXPECT_EQ(held.settle(kept), HeldTasks::Settled::Ours);
    EXPECT_EQ(take(held)->task.id, TaskId{3});
}

TEST(HeldTasksTest, OnceClosedNothingIsTakenAndNothingIsKept) {
    HeldTasks held(2);
    static_cast<void>(held.give({task(1), task(2)}, 0));
    const auto run = take(held);
    EXPECT_THAT(held.close(), SizeIs(1));
    EXPECT_TRUE(run->stop.stop_requested());
    EXPECT_EQ(take(held), nullptr);
    EXPECT_EQ(held.reserve(), 0);
    EXPECT_THAT(held.give({task(3)}, 1), SizeIs(1));
    EXPECT_EQ(held.settle(run), HeldTasks::Settled::Ours) << "a running step may still end well";
}

} // namespace
} // namespace vitrine
