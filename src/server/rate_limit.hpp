#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include <vitrine/time.hpp>

#include "core/token_bucket.hpp"

namespace vitrine::server {

/// How many requests each caller may make: a token bucket each. Safe from any thread.
class RateLimit {
public:
    /// `per_second` 0: no limit.
    RateLimit(double per_second, int burst);

    /// Counts one request of `caller`; nothing when it may go on, or how long it must wait.
    std::optional<Milliseconds> refuse(const std::string& caller, Timestamp now);

private:
    void forget_full(Timestamp now);

    const bool limited_;
    const TokenRate rate_;
    std::mutex mutex_;
    std::map<std::string, TokenBucket> buckets_; ///< guarded by mutex_
};

} // namespace vitrine::server
