#include "http/retries.hpp"

#include <gtest/gtest.h>

namespace vitrine {
namespace {

constexpr RetryPolicy quick{.initial = Milliseconds(1), .max = Milliseconds(2)};

struct Calls {
    int made = 0;
    int fail_first = 0;
    Error error{ErrorCode::Unavailable, "away"};

    int operator()() {
        if (++made <= fail_first) throw error;
        return made;
    }
};

int run(const Retries& retries, Calls& calls) {
    return with_retries(retries, [&] { return calls(); });
}

TEST(Retries, ACallThatFailsForAWhileIsRepeatedUntilItReturns) {
    Calls calls{.fail_first = 3};
    EXPECT_EQ(run({.attempts_max = 4, .backoff = quick}, calls), 4);
}

TEST(Retries, TheLastFailureComesOutWhenTheAttemptsAreUsedUp) {
    Calls calls{.fail_first = 100};
    EXPECT_THROW(run({.attempts_max = 3, .backoff = quick}, calls), Error);
    EXPECT_EQ(calls.made, 3);
}

TEST(Retries, WhatWouldOnlyRepeatItselfIsNotRepeated) {
    Calls calls{.fail_first = 100, .error = {ErrorCode::Configuration, "wrong key"}};
    EXPECT_THROW(run({.backoff = quick}, calls), Error);
    EXPECT_EQ(calls.made, 1);
}

TEST(Retries, AServerThatAsksForALongWaitIsLeftToTheCaller) {
    Calls calls{.fail_first = 100, .error = {ErrorCode::RateLimited, "slow down", Milliseconds(60'000)}};
    EXPECT_THROW(run({.backoff = quick}, calls), Error);
    EXPECT_EQ(calls.made, 1);
}

TEST(Retries, NothingIsRepeatedAfterAStop) {
    std::stop_source stop;
    Calls calls{.fail_first = 100};
    stop.request_stop();
    EXPECT_THROW(run({.backoff = quick, .stop = stop.get_token()}, calls), Error);
    EXPECT_EQ(calls.made, 1);
}

} // namespace
} // namespace vitrine
