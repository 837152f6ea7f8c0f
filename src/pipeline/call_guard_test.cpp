#include "pipeline/call_guard.hpp"

#include <atomic>
#include <future>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vitrine {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using namespace std::chrono_literals;

[[noreturn]] void fail(ErrorCode code) {
    throw Error(code, "It failed.");
}

class CallGuardTest : public testing::Test {
protected:
    CallGuardOptions options_{.name = "The model of ml.label",
                              .at_once = 2,
                              .is_server = true,
                              .breaker = {.failures_max = 3, .pause = {.initial = 60'000ms, .max = 60'000ms}}};

    static ErrorCode code_of(CallGuard& guard, ErrorCode thrown) {
        try {
            guard.through([&]() -> int { fail(thrown); });
        } catch (const NotItsTurn&) {
            return ErrorCode::Cancelled; // stands for: costs no attempt
        } catch (const Error& error) {
            return error.code();
        }
        return ErrorCode::Internal;
    }
};

TEST_F(CallGuardTest, GivesWhatTheCallGivesAndCountsIt) {
    CallGuard guard(options_, nullptr);
    EXPECT_EQ(guard.through([] { return 7; }), 7);
    EXPECT_EQ(code_of(guard, ErrorCode::BadInput), ErrorCode::BadInput);
    EXPECT_EQ(code_of(guard, ErrorCode::Unavailable), ErrorCode::Unavailable);
    EXPECT_EQ(code_of(guard, ErrorCode::RateLimited), ErrorCode::Cancelled);
    const auto counts = guard.counts();
    EXPECT_EQ(counts.succeeded, 1);
    EXPECT_EQ(counts.failed_for_good, 1);
    EXPECT_EQ(counts.failed_for_now, 1);
    EXPECT_EQ(counts.throttled, 1);
    EXPECT_EQ(counts.under_way, 0);
    EXPECT_EQ(counts.took[0], 1);
}

TEST_F(CallGuardTest, AServerThatKeepsFailingIsLeftAloneAtNoCostToTheTask) {
    CallGuard guard(options_, nullptr);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(code_of(guard, ErrorCode::Unavailable), ErrorCode::Unavailable);
    try {
        guard.through([] { return 1; });
        FAIL() << "it was called";
    } catch (const NotItsTurn& error) {
        EXPECT_THAT(error.what(), HasSubstr("ml.label"));
        EXPECT_GT(error.retry_after().value(), 20'000ms);
    }
    EXPECT_EQ(guard.counts().held_back, 1);
}

TEST_F(CallGuardTest, AfterThePauseOneCallTriesAndItsSuccessOpensTheWay) {
    options_.breaker.pause = {.initial = 1ms, .max = 1ms};
    CallGuard guard(options_, nullptr);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(code_of(guard, ErrorCode::TimedOut), ErrorCode::TimedOut);
    for (bool tried = false; !tried;) {
        try {
            tried = guard.through([] { return true; });
        } catch (const NotItsTurn&) {
            std::this_thread::yield(); // until its millisecond is over
        }
    }
    EXPECT_EQ(guard.through([] { return 2; }), 2);
}

TEST_F(CallGuardTest, RefusedPicturesAndThrottlingAreNoFailureOfTheServer) {
    CallGuard guard(options_, nullptr);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(code_of(guard, ErrorCode::BadInput), ErrorCode::BadInput);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(code_of(guard, ErrorCode::RateLimited), ErrorCode::Cancelled);
    EXPECT_EQ(guard.through([] { return 1; }), 1);
}

TEST_F(CallGuardTest, ARetryAfterHoldsEveryCallBack) {
    CallGuard guard(options_, nullptr);
    EXPECT_THROW(guard.through([]() -> int { throw Error(ErrorCode::RateLimited, "Slow down.", 30'000ms); }), Error);
    EXPECT_EQ(code_of(guard, ErrorCode::Internal), ErrorCode::Cancelled);
}

TEST_F(CallGuardTest, WhomTheServerTurnsAwayLosesNoAttemptAndWaitsTheLongerTheMoreItTurnsAway) {
    options_.breaker.pause = {.initial = 1'000ms, .max = 64'000ms};
    CallGuard guard(options_, nullptr);
    const auto wait_after_one_more = [&](std::optional<Milliseconds> asked) {
        try {
            guard.through([&]() -> int {
                throw asked ? Error(ErrorCode::RateLimited, "Slow down.", *asked)
                            : Error(ErrorCode::RateLimited, "Slow down.");
            });
        } catch (const NotItsTurn& error) {
            EXPECT_EQ(error.code(), ErrorCode::RateLimited);
            EXPECT_STREQ(error.what(), "Slow down.");
            return error.retry_after().value();
        }
        ADD_FAILURE() << "it was no NotItsTurn";
        return Milliseconds{};
    };
    EXPECT_LE(wait_after_one_more(std::nullopt), 1'000ms);
    for (int i = 0; i < 40; ++i) static_cast<void>(wait_after_one_more(std::nullopt));
    EXPECT_LE(wait_after_one_more(std::nullopt), 64'000ms);
    EXPECT_EQ(guard.through([] { return 1; }), 1);
    EXPECT_LE(wait_after_one_more(std::nullopt), 1'000ms) << "a success ends the row";
    EXPECT_GE(wait_after_one_more(90'000ms), 90'000ms) << "no sooner than it asks";
}

TEST_F(CallGuardTest, AServerThatTurnsEveryCallAwayForTooLongHasFailed) {
    options_.throttled_max = 1ms;
    CallGuard guard(options_, nullptr);
    EXPECT_EQ(code_of(guard, ErrorCode::RateLimited), ErrorCode::Cancelled) << "the first is waited for";
    while (code_of(guard, ErrorCode::RateLimited) == ErrorCode::Cancelled) std::this_thread::yield();
    try {
        guard.through([]() -> int { throw Error(ErrorCode::RateLimited, "Slow down.", 30'000ms); });
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(dynamic_cast<const NotItsTurn*>(&error), nullptr) << "it costs an attempt";
        EXPECT_TRUE(error.retryable());
        EXPECT_THAT(error.what(), AllOf(HasSubstr("ml.label"), HasSubstr("429"), HasSubstr("throttled_max_ms")));
    }
    EXPECT_EQ(code_of(guard, ErrorCode::Internal), ErrorCode::RateLimited) << "nor are calls waited for in its pause";
}

TEST_F(CallGuardTest, ASuccessEndsTheRowOfThoseThatWereTurnedAway) {
    options_.throttled_max = 1ms;
    CallGuard guard(options_, nullptr);
    while (code_of(guard, ErrorCode::RateLimited) == ErrorCode::Cancelled) std::this_thread::yield();
    EXPECT_EQ(guard.through([] { return 1; }), 1);
    EXPECT_EQ(code_of(guard, ErrorCode::RateLimited), ErrorCode::Cancelled) << "the first of a new row";
}

TEST_F(CallGuardTest, ALoadingModelIsNeitherWellNorIll) {
    CallGuard guard(options_, nullptr);
    for (int i = 0; i < 10; ++i) {
        EXPECT_THROW(guard.through([]() -> int { throw NotItsTurn(ErrorCode::Unavailable, "Loading."); }), NotItsTurn);
    }
    EXPECT_EQ(guard.counts().held_back, 10);
    EXPECT_EQ(guard.through([] { return 1; }), 1);
}

TEST_F(CallGuardTest, WhoFindsTheBulkheadFullIsSentBackSoon) {
    CallGuard guard(options_, nullptr);
    std::promise<void> release;
    const auto released = release.get_future().share();
    std::promise<void> began[2];
    std::vector<std::future<int>> slow;
    for (auto& start : began) {
        slow.push_back(std::async(std::launch::async, [&] {
            return guard.through([&] {
                start.set_value();
                released.wait();
                return 1;
            });
        }));
    }
    for (auto& start : began) start.get_future().wait();
    EXPECT_EQ(guard.counts().under_way, 2);
    EXPECT_EQ(code_of(guard, ErrorCode::Internal), ErrorCode::Cancelled);
    release.set_value();
    for (auto& call : slow) EXPECT_EQ(call.get(), 1);
    EXPECT_EQ(guard.through([] { return 2; }), 2);
}

TEST_F(CallGuardTest, WhileAnAnswerIsReadTheNextCallIsUnderWay) {
    options_.at_once = 1;
    CallGuard guard(options_, nullptr);
    int next = 0;
    guard.pass(
        {.begin = {},
         .exchange = [] {},
         .read =
             [&] { next = std::async(std::launch::async, [&] { return guard.through([] { return 7; }); }).get(); }});
    EXPECT_EQ(next, 7);
    EXPECT_EQ(guard.counts().succeeded, 2);
}

TEST_F(CallGuardTest, AnAnswerThatCannotBeReadIsAFailedCall) {
    CallGuard guard(options_, nullptr);
    const auto read = [&](std::function<void()> how) {
        guard.pass({.begin = {}, .exchange = [] {}, .read = std::move(how)});
    };
    EXPECT_THROW(read([] { fail(ErrorCode::BadInput); }), Error);
    for (int i = 0; i < 3; ++i) EXPECT_THROW(read([] { fail(ErrorCode::Unavailable); }), Error);
    EXPECT_EQ(guard.counts().failed_for_good, 1);
    EXPECT_EQ(guard.counts().failed_for_now, 3);
    EXPECT_EQ(guard.counts().under_way, 0);
    EXPECT_THROW(read([] {}), NotItsTurn) << "three in a row: it is left alone";
}

TEST_F(CallGuardTest, ACallThatWaitsIsBegunByTheOneWhosePlaceItTakes) {
    options_.at_once = 1;
    CallGuard guard(options_, nullptr);
    std::promise<void> first_is_in, end_first;
    std::thread::id begun_by;
    std::atomic<bool> begun_before_it_was_read{false};
    auto first = std::async(std::launch::async, [&] {
        guard.pass({.begin = {},
                    .exchange =
                        [&] {
                            first_is_in.set_value();
                            end_first.get_future().wait();
                        },
                    .read = [&] { begun_before_it_was_read = begun_by != std::thread::id{}; }});
        return std::this_thread::get_id();
    });
    first_is_in.get_future().wait();
    bool exchanged = false;
    auto second = std::async(std::launch::async, [&] {
        guard.pass({.begin = [&] { begun_by = std::this_thread::get_id(); },
                    .exchange = [&] { exchanged = true; },
                    .read = [] {}});
    });
    while (guard.waiting() == 0) std::this_thread::yield();
    end_first.set_value();
    const auto leaver = first.get();
    second.get();
    EXPECT_EQ(begun_by, leaver);
    EXPECT_TRUE(begun_before_it_was_read);
    EXPECT_TRUE(exchanged);
}

TEST_F(CallGuardTest, ACallIsNotBegunWhileTheServerIsLeftAlone) {
    CallGuard guard(options_, nullptr);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(code_of(guard, ErrorCode::Unavailable), ErrorCode::Unavailable);
    bool begun = false;
    EXPECT_THROW(guard.pass({.begin = [&] { begun = true; }, .exchange = [] {}, .read = [] {}}), NotItsTurn);
    EXPECT_FALSE(begun);
}

TEST_F(CallGuardTest, WhatRunsInThisProcessIsNeverLeftAlone) {
    options_.is_server = false;
    CallGuard guard(options_, nullptr);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(code_of(guard, ErrorCode::Unavailable), ErrorCode::Unavailable);
}

TEST_F(CallGuardTest, WhatIsNoErrorLeavesNothingBehind) {
    CallGuard guard(options_, nullptr);
    for (int i = 0; i < 5; ++i) EXPECT_THROW(guard.through([]() -> int { throw 7; }), int);
    EXPECT_EQ(guard.counts().under_way, 0);
    EXPECT_EQ(guard.through([] { return 1; }), 1);
}

} // namespace
} // namespace vitrine
