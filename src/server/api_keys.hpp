#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/scope.hpp"

namespace vitrine::server {

/// The keys of server.api_keys. Only their SHA-256 is kept. Immutable; safe from any thread.
class ApiKeys {
public:
    /// Each is "SCOPE:SECRET" or "SCOPE:sha256:HEX" (64 hex digits: the SHA-256 of the secret), with the scope read,
    /// write or admin; or a secret alone, which may do everything. Throws Error(Configuration) that says which one is
    /// wrong, and not what it is: an empty secret, or a hash that is none.
    explicit ApiKeys(const std::vector<std::string>& configured);

    [[nodiscard]] bool empty() const noexcept { return keys_.empty(); }

    /// Whose key `secret` is; nothing when it is nobody's. Takes the same time for every secret of one length.
    [[nodiscard]] std::optional<Caller> caller_of(std::string_view secret) const;

private:
    using Hash = std::array<unsigned char, 32>;
    struct Key {
        Scope scope;
        Hash hash;
        std::string name; ///< the hash's first digits
    };
    [[nodiscard]] static Hash hash_of(std::string_view secret);

    std::vector<Key> keys_;
};

} // namespace vitrine::server
