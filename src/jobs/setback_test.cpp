#include "jobs/setback.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "jobs/call_limit.hpp"

namespace vitrine {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Task attempt(int number, int allowed = 3) {
    Task task;
    task.kind = "label";
    task.attempts = number;
    task.max_attempts = allowed;
    return task;
}

class SetbackTest : public testing::Test {
protected:
    Setback of(const Task& task, const Retry& retry) { return setbacks_.of(task, retry); }
    template <class E>
    Setback of(const Task& task, const E& error) {
        return setbacks_.of(task, std::make_exception_ptr(error));
    }
    Setbacks setbacks_{{.initial = 500ms, .max = 60s}, 7};
};

TEST_F(SetbackTest, WhoOnlyWaitedForItsTurnHasLostNoAttempt) {
    const auto setback = of(attempt(3, 3), NotItsTurn(ErrorCode::RateLimited, "Later.", 70s));
    EXPECT_FALSE(setback.is_final);
    EXPECT_FALSE(setback.counts_as_attempt);
    EXPECT_GE(setback.after, 70s);
}

TEST_F(SetbackTest, ARetryBeforeTheLastAttemptIsTriedAgainAfterTheBackoff) {
    const auto setback = of(attempt(1), Retry{.after = {}, .why = "busy"});
    EXPECT_FALSE(setback.is_final);
    EXPECT_EQ(setback.why, "busy");
    EXPECT_GE(setback.after, 250ms);
    EXPECT_LE(setback.after, 500ms);
}

TEST_F(SetbackTest, AStepThatSaysWhenIsObeyed) {
    EXPECT_EQ(of(attempt(1), Retry{.after = 7s, .why = "busy"}).after, 7s);
    EXPECT_EQ(of(attempt(1), Retry{.after = -7s, .why = "busy"}).after, 0s);
}

TEST_F(SetbackTest, ARetryOfTheLastAttemptIsFinal) {
    EXPECT_FALSE(of(attempt(2), Retry{.after = {}, .why = "busy"}).is_final);
    EXPECT_TRUE(of(attempt(3), Retry{.after = {}, .why = "busy"}).is_final);
}

TEST_F(SetbackTest, ARetryThatDoesNotCountIsNeverFinal) {
    EXPECT_FALSE(of(attempt(3), Retry{.after = {}, .why = "open", .counts_as_attempt = false}).is_final);
}

TEST_F(SetbackTest, APassingErrorIsTriedAgainNoSoonerThanTheServerAsked) {
    const auto setback = of(attempt(1), Error(ErrorCode::RateLimited, "Slow down.", 90s));
    EXPECT_FALSE(setback.is_final);
    EXPECT_EQ(setback.after, 90s);
    EXPECT_TRUE(of(attempt(3), Error(ErrorCode::TimedOut, "Too slow.")).is_final);
}

TEST_F(SetbackTest, AnyOtherErrorIsFinalAndToldAsItIs) {
    const auto setback = of(attempt(1), Error(ErrorCode::BadInput, "The photo is empty."));
    EXPECT_TRUE(setback.is_final);
    EXPECT_EQ(setback.why, "The photo is empty.");
}

TEST_F(SetbackTest, AForeignExceptionIsFinalAndNamesTheStep) {
    EXPECT_THAT(of(attempt(1), std::out_of_range("vector")).why,
                testing::AllOf(HasSubstr("'label'"), HasSubstr("vector")));
    EXPECT_TRUE(of(attempt(1), 42).is_final);
}

} // namespace
} // namespace vitrine
