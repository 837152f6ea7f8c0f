#include "server/key_attempts.hpp"

namespace vitrine::server {
namespace {

constexpr TokenRate attempts{.per_second = 1.0 / 6, .capacity = 10.0};
constexpr std::size_t kept_max = 10'000; ///< of each; whoever is forgotten begins anew

} // namespace

std::optional<Milliseconds> KeyAttempts::refuse(const std::string& address, const std::optional<Caller>& caller,
                                                Timestamp now) {
    const std::lock_guard lock(mutex_);
    if (caller && right_.contains({address, caller->name})) return std::nullopt;
    auto& bucket = bucket_of(address, now);
    bucket.take(attempts, 0, now); // as full as it is now
    if (bucket.tokens < 1) return bucket.until_next(attempts);
    if (caller) {
        if (right_.size() >= kept_max) right_.clear();
        right_.emplace(address, caller->name);
    } else {
        bucket.take(attempts, 1, now);
    }
    return std::nullopt;
}

TokenBucket& KeyAttempts::bucket_of(const std::string& address, Timestamp now) {
    if (left_.size() >= kept_max && !left_.contains(address)) left_.erase(left_.begin());
    return left_.try_emplace(address, TokenBucket{.tokens = attempts.capacity, .filled_at = now}).first->second;
}

} // namespace vitrine::server
