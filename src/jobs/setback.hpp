#pragma once

#include <exception>
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

/// A step asked for another try: final when the attempt counts and was the last one allowed.
Setback setback_of(const Task& task, const Retry& retry, const RetryPolicy& policy, std::mt19937_64& random);

/// An exception: a retryable Error is another try, no sooner than the server asked; anything else is final.
Setback setback_of(const Task& task, const std::exception_ptr& error, const RetryPolicy& policy,
                   std::mt19937_64& random);

} // namespace vitrine
