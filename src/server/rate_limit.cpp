#include "server/rate_limit.hpp"

namespace vitrine::server {
namespace {

constexpr std::size_t callers_max = 10'000; ///< then those are forgotten who have asked nothing for long

} // namespace

RateLimit::RateLimit(double per_second, int burst)
    : limited_(per_second > 0), rate_(TokenRate::of(per_second, burst)) {}

std::optional<Milliseconds> RateLimit::refuse(const std::string& caller, Timestamp now) {
    if (!limited_) return std::nullopt;
    const std::lock_guard lock(mutex_);
    if (buckets_.size() >= callers_max) forget_full(now);
    auto& bucket = buckets_.try_emplace(caller, TokenBucket{.tokens = rate_.capacity, .filled_at = now}).first->second;
    if (bucket.take(rate_, 1, now) == 1) return std::nullopt;
    return bucket.until_next(rate_);
}

void RateLimit::forget_full(Timestamp now) {
    std::erase_if(buckets_, [&](const auto& entry) {
        const double seconds = std::chrono::duration<double>(now - entry.second.filled_at).count();
        return entry.second.tokens + seconds * rate_.per_second >= rate_.capacity;
    });
}

} // namespace vitrine::server
