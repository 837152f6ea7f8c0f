#include "core/retry_policy.hpp"

#include <algorithm>

namespace vitrine {

Milliseconds RetryPolicy::backoff(int attempts, std::optional<Milliseconds> asked, std::mt19937_64& random) const {
    const int doublings = std::clamp(attempts - 1, 0, 30);
    const auto ceiling = std::min<std::int64_t>(max.count(), initial.count() << doublings);
    const auto floor = std::min<std::int64_t>(initial.count() / 2, ceiling);
    std::uniform_int_distribution<std::int64_t> wait(floor, std::max(floor, ceiling));
    return std::max(Milliseconds{wait(random)}, asked.value_or(Milliseconds{0}));
}

} // namespace vitrine
