#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <random>

#include <vitrine/time.hpp>

#include "core/retry_policy.hpp"

namespace vitrine {

/// Remembers whether a server answers, so that callers need not wait for one that is known to be down: after a few
/// failures in a row calls are refused for a while, then one at a time is let through to try; the first that succeeds
/// opens the way for all. Nygard, "Release It!", chapter "Stability Patterns". Safe from any thread; time is a
/// parameter.
class CircuitBreaker {
public:
    using Moment = std::chrono::steady_clock::time_point;

    struct Options {
        int failures_max = 2; ///< in a row, before calls are refused
        RetryPolicy pause{.initial = Milliseconds{1'000}, .max = Milliseconds{10'000}};
    };

    explicit CircuitBreaker(Options options, std::uint64_t seed = std::random_device{}())
        : options_(options), random_(seed) {}

    /// Nothing when a call may be made now, else how long from now the next may, by any clock of whole milliseconds.
    /// A call that was admitted ends with `succeeded` or `failed`; one that does neither was a trial that told nothing.
    [[nodiscard]] std::optional<Milliseconds> refused_for(Moment now);

    void succeeded();
    void failed(Moment now);

private:
    const Options options_;
    std::mutex mutex_;
    std::mt19937_64 random_; ///< guarded by mutex_, as all below
    int failures_ = 0;       ///< in a row
    Moment next_trial_;      ///< when calls are refused: not before this
};

} // namespace vitrine
