#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <vitrine/time.hpp>

#include "core/token_bucket.hpp"
#include "server/scope.hpp"

namespace vitrine::server {

/// Slows down who tries API keys: after ten that nobody has, an address may try one more every six seconds. Until then
/// no key from there is looked at, so that nothing is learned from the answers; but a key that was right from there
/// before stays right, so that somebody behind the same proxy cannot lock it out. Safe from any thread.
class KeyAttempts {
public:
    /// `caller` is whose key came from `address`; nothing when it is nobody's, which counts. How long the address must
    /// wait before a key of it is looked at, or nothing when this one may be.
    std::optional<Milliseconds> refuse(const std::string& address, const std::optional<Caller>& caller, Timestamp now);

private:
    TokenBucket& bucket_of(const std::string& address, Timestamp now);

    std::mutex mutex_;                                    ///< guards the next two
    std::map<std::string, TokenBucket> left_;             ///< what each address has left
    std::set<std::pair<std::string, std::string>> right_; ///< addresses, and names of keys that were right from there
};

} // namespace vitrine::server
