#pragma once

#include <algorithm>
#include <cmath>

#include <vitrine/time.hpp>

namespace vitrine {

/// How fast a token bucket fills and how much it holds. (Tanenbaum, "Computer Networks", 4th ed., section 5.4.2.)
struct TokenRate {
    double per_second = 0.0; ///< over 0
    double capacity = 1.0;   ///< at least 1

    /// Capacity for `burst` calls at once, and at least for a tenth of a second: so much may be taken at one time.
    static TokenRate of(double per_second, int burst) {
        return {.per_second = per_second, .capacity = std::max({1.0, double(burst), per_second / 10})};
    }
};

/// A token bucket at a moment. A plain value: who shares one must lock it.
struct TokenBucket {
    double tokens = 0.0;
    Timestamp filled_at{};

    /// Takes up to `wanted` whole tokens; how many. A clock that goes back fills nothing.
    int take(const TokenRate& rate, int wanted, Timestamp now) {
        const double seconds = std::max(0.0, std::chrono::duration<double>(now - filled_at).count());
        tokens = std::min(rate.capacity, tokens + rate.per_second * seconds);
        filled_at = std::max(filled_at, now);
        const int taken = std::clamp(static_cast<int>(std::floor(tokens + 1e-9)), 0, wanted);
        tokens = std::max(0.0, tokens - taken);
        return taken;
    }

    /// After the last `take`: until there is a whole token.
    [[nodiscard]] Milliseconds until_next(const TokenRate& rate) const {
        return Milliseconds(static_cast<std::int64_t>(std::ceil(1000 * std::max(0.0, 1 - tokens) / rate.per_second)));
    }
};

} // namespace vitrine
