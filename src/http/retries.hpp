#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>

#include <vitrine/error.hpp>
#include <vitrine/time.hpp>

#include "core/retry_policy.hpp"

namespace vitrine {

/// How often a call to a server is tried before its failure is the caller's.
struct Retries {
    int attempts_max = 4;
    RetryPolicy backoff{.initial = Milliseconds(100), .max = Milliseconds(2'000)};
    std::stop_token stop; ///< ends the waiting between attempts: the failure is then thrown at once
};

/// How long to wait after the `attempts`th failed attempt; nothing when there is to be no other: the failure would only
/// repeat itself, the attempts are used up, or the server asks for a longer wait than `backoff.max`, which whoever
/// schedules work knows better how to spend.
inline std::optional<Milliseconds> wait_before_retry(const Retries& retries, int attempts, const Error& error) {
    if (!error.retryable() || attempts >= retries.attempts_max || retries.stop.stop_requested()) return std::nullopt;
    if (error.retry_after().value_or(Milliseconds(0)) > retries.backoff.max) return std::nullopt;
    std::mt19937_64 random(std::random_device{}()); // after a failure alone: seeding is cheap beside it
    return retries.backoff.backoff(attempts, error.retry_after(), random);
}

/// Calls `call` until it returns, waiting between attempts as `retries` says; what it throws last comes out. Blocks the
/// calling thread.
template <class Call>
auto with_retries(const Retries& retries, const Call& call) {
    for (int attempts = 1;; ++attempts) {
        std::optional<Milliseconds> wait;
        try {
            return call();
        } catch (const Error& error) {
            wait = wait_before_retry(retries, attempts, error);
            if (!wait) throw;
        }
        std::mutex mutex;
        std::condition_variable_any stopped;
        std::unique_lock lock(mutex);
        stopped.wait_for(lock, retries.stop, *wait, [] { return false; });
    }
}

} // namespace vitrine
