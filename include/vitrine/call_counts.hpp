#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace vitrine {

/// What the calls of one engine for one question came to, since the program started.
struct CallCounts {
    std::int64_t succeeded = 0;
    std::int64_t failed_for_now = 0;  ///< worth another try: unavailable, timed out
    std::int64_t failed_for_good = 0; ///< refused pictures, answers that nobody can use
    std::int64_t throttled = 0;       ///< the server asked to be called less often
    std::int64_t held_back = 0;       ///< not made: no turn, the server is known to be down, its model is being loaded
    int under_way = 0;
    double seconds_total = 0.0; ///< of the calls that succeeded

    /// How many that succeeded took at most so long; the last one is of all others.
    static constexpr std::array<double, 12> seconds_at_most{0.005, 0.01, 0.025, 0.05, 0.1,  0.25,
                                                            0.5,   1.0,  2.5,   5.0,  10.0, 30.0};
    std::array<std::int64_t, seconds_at_most.size() + 1> took{};
};

/// The calls of one question.
struct ModelCalls {
    std::string question; ///< "crop", "label", "vector" or "match"
    std::string engine;   ///< "builtin", "http", …
    CallCounts counts;
    int at_once = 0; ///< how many may be under way now; 0: any number
};

} // namespace vitrine
