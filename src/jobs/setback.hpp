#pragma once

#include <exception>
#include <mutex>
#include <random>
#include <string>

#include <vitrine/job.hpp>

#include "core/retry_policy.hpp"
#include "jobs/step.hpp"

namespace vitrine {

/// What becomes of an attempt that was not done.
struct Setback {
    bool is_final = false; ///< the task ends failed; else it is tried again
    std::string why;
    Milliseconds after{0}; ///< tried again no sooner than this
    bool counts_as_attempt = true;
};

/// Decides on setbacks by one retry policy. Safe from any thread.
class Setbacks {
public:
    explicit Setbacks(RetryPolicy policy, std::uint64_t seed = std::random_device{}())
        : policy_(policy), random_(seed) {}

    /// A step asked for another try: final when the attempt counts and was the last one allowed.
    [[nodiscard]] Setback of(const Task& task, const Retry& retry);

    /// An exception: a retryable Error is another try, no sooner than the server asked, and costs an attempt unless the
    /// step only waited for its turn (CallLimit); anything else is final.
    [[nodiscard]] Setback of(const Task& task, const std::exception_ptr& error);

private:
    [[nodiscard]] Milliseconds backoff(int attempts, std::optional<Milliseconds> asked);

    const RetryPolicy policy_;
    std::mutex mutex_;
    std::mt19937_64 random_; ///< guarded by mutex_
};

} // namespace vitrine
