#include <gtest/gtest.h>

#include <vitrine/job.hpp>

namespace vitrine {
namespace {

TEST(JobWords, EveryJobStateComesBackFromItsName) {
    for (const auto state : {JobState::Queued, JobState::Running, JobState::Succeeded, JobState::PartiallySucceeded,
                             JobState::Failed, JobState::Cancelled}) {
        EXPECT_EQ(job_state_from(to_string(state)), state) << to_string(state);
    }
    EXPECT_EQ(to_string(JobState::PartiallySucceeded), "partially_succeeded");
}

TEST(JobWords, EveryTaskStateComesBackFromItsName) {
    for (const auto state :
         {TaskState::Ready, TaskState::Running, TaskState::Succeeded, TaskState::Failed, TaskState::Cancelled}) {
        EXPECT_EQ(task_state_from(to_string(state)), state) << to_string(state);
    }
}

TEST(JobWords, AnyOtherTextIsNoState) {
    for (const auto* const text : {"", "Queued", "queued ", "done", "ready", "unknown"}) {
        EXPECT_FALSE(job_state_from(text)) << text;
    }
    for (const auto* const text : {"", "queued", "partially_succeeded", "READY", "unknown"}) {
        EXPECT_FALSE(task_state_from(text)) << text;
    }
}

} // namespace
} // namespace vitrine
