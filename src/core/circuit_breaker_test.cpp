#include "core/circuit_breaker.hpp"

#include <gtest/gtest.h>

namespace vitrine {
namespace {

using std::chrono::milliseconds;

class CircuitBreakerTest : public ::testing::Test {
protected:
    void fail(int times) {
        for (int i = 0; i < times; ++i) breaker_.failed(now_);
    }
    [[nodiscard]] bool admits() { return !breaker_.refused_for(now_); }

    CircuitBreaker breaker_{{.failures_max = 3, .pause = {.initial = Milliseconds{100}, .max = Milliseconds{1'000}}},
                            1};
    CircuitBreaker::Moment now_{milliseconds(1'000'000)};
};

TEST_F(CircuitBreakerTest, AFewFailuresInARowRefuseNobody) {
    fail(2);
    EXPECT_TRUE(admits());
    breaker_.succeeded();
    fail(2);
    EXPECT_TRUE(admits()) << "a success in between starts the count anew";
}

TEST_F(CircuitBreakerTest, AfterTheLastAllowedFailureEveryCallIsRefusedAndToldForHowLong) {
    fail(3);
    const auto wait = breaker_.refused_for(now_);
    ASSERT_TRUE(wait);
    EXPECT_GT(*wait, Milliseconds{0});
    EXPECT_LE(*wait, Milliseconds{101});
}

TEST_F(CircuitBreakerTest, WhoWaitsAsToldByAClockOfWholeMillisecondsIsNotRefusedAgain) {
    using std::chrono::microseconds;
    for (int late = 0; late < 1'000; late += 37) {
        now_ += std::chrono::hours(1);
        fail(3);
        now_ += microseconds(late);
        const auto wait = breaker_.refused_for(now_);
        ASSERT_TRUE(wait);
        now_ = std::chrono::floor<Milliseconds>(now_) + *wait;
        EXPECT_TRUE(admits()) << late << " µs";
        breaker_.succeeded();
    }
}

TEST_F(CircuitBreakerTest, AfterThePauseOneCallTriesAndTheOthersWaitForIt) {
    fail(3);
    now_ += milliseconds(100);
    EXPECT_TRUE(admits());
    EXPECT_FALSE(admits());
    breaker_.succeeded();
    EXPECT_TRUE(admits());
    EXPECT_TRUE(admits());
}

TEST_F(CircuitBreakerTest, ATrialThatNeverTellsHowItEndedIsFollowedByAnother) {
    fail(3);
    now_ += milliseconds(100);
    EXPECT_TRUE(admits());
    now_ += milliseconds(100);
    EXPECT_TRUE(admits());
}

TEST_F(CircuitBreakerTest, FurtherFailuresLengthenThePauseUpToItsLimit) {
    fail(3);
    Milliseconds longest{0};
    for (int i = 0; i < 50; ++i) {
        fail(1);
        const auto wait = breaker_.refused_for(now_);
        ASSERT_TRUE(wait);
        EXPECT_LE(*wait, Milliseconds{1'001});
        longest = std::max(longest, *wait);
    }
    EXPECT_GT(longest, Milliseconds{400});
}

} // namespace
} // namespace vitrine
