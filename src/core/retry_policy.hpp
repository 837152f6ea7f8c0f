#pragma once

#include <optional>
#include <random>

#include <vitrine/time.hpp>

namespace vitrine {

/// Exponential backoff with full jitter: the wait before attempt n+1 is uniform in [initial/2, min(max, initial * 2^(n-1))].
/// Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
struct RetryPolicy {
    Milliseconds initial{500};
    Milliseconds max{60'000};

    /// The wait after `attempts` attempts (1 = the first just failed). Never less than `asked`, which a server's
    /// Retry-After gave, nor, where it gave one, less than that because of the maximum.
    [[nodiscard]] Milliseconds backoff(int attempts, std::optional<Milliseconds> asked, std::mt19937_64& random) const;
};

} // namespace vitrine
