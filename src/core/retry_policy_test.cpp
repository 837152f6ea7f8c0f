#include "core/retry_policy.hpp"

#include <gtest/gtest.h>

namespace vitrine {
namespace {

TEST(RetryPolicy, TheWaitDoublesWithEachAttemptUpToTheMaximum) {
    const RetryPolicy policy{.initial = Milliseconds{100}, .max = Milliseconds{1000}};
    std::mt19937_64 random(7);
    for (const auto& [attempts, longest] : {std::pair{1, 100}, {2, 200}, {3, 400}, {4, 800}, {5, 1000}, {50, 1000}}) {
        Milliseconds seen{0};
        for (int i = 0; i < 2000; ++i) {
            const Milliseconds wait = policy.backoff(attempts, std::nullopt, random);
            EXPECT_GE(wait.count(), 50);
            EXPECT_LE(wait.count(), longest);
            seen = std::max(seen, wait);
        }
        EXPECT_GT(seen.count(), longest * 9 / 10) << "the jitter reaches the ceiling of attempt " << attempts;
    }
}

TEST(RetryPolicy, ARetryAfterIsObeyedEvenBeyondTheMaximum) {
    const RetryPolicy policy{.initial = Milliseconds{100}, .max = Milliseconds{1000}};
    std::mt19937_64 random(7);
    EXPECT_GE(policy.backoff(1, Milliseconds{30'000}, random).count(), 30'000);
}

TEST(RetryPolicy, AnAbsurdNumberOfAttemptsDoesNotOverflow) {
    std::mt19937_64 random(7);
    const RetryPolicy policy;
    EXPECT_LE(policy.backoff(2'000'000'000, std::nullopt, random), policy.max);
    EXPECT_GE(policy.backoff(-3, std::nullopt, random).count(), 0);
}

} // namespace
} // namespace vitrine
