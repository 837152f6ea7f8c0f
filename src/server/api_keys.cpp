#include "server/api_keys.hpp"

#include <charconv>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <vitrine/error.hpp>

namespace vitrine::server {
namespace {

constexpr std::string_view hash_mark = "sha256:";

[[noreturn]] void refuse(std::size_t place, std::string_view must) {
    throw Error(ErrorCode::Configuration,
                fmt::format("Number {} of server.api_keys {}; write \"read:SECRET\", \"write:SECRET\", "
                            "\"admin:SECRET\" or \"SCOPE:sha256:HEX\".",
                            place + 1, must));
}

} // namespace

ApiKeys::Hash ApiKeys::hash_of(std::string_view secret) {
    Hash hash{};
    ::SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), hash.data());
    return hash;
}

ApiKeys::ApiKeys(const std::vector<std::string>& configured) {
    for (std::size_t place = 0; place < configured.size(); ++place) {
        std::string_view secret = configured[place];
        const auto colon = secret.find(':');
        auto scope = colon == std::string_view::npos ? std::nullopt : scope_from(secret.substr(0, colon));
        if (scope) secret.remove_prefix(colon + 1);
        if (secret.empty()) refuse(place, "has an empty secret");
        Key key{.scope = scope.value_or(Scope::Admin), .hash = {}, .name = {}};
        if (scope && secret.starts_with(hash_mark)) {
            const auto digits = secret.substr(hash_mark.size());
            if (digits.size() != 2 * key.hash.size()) refuse(place, "has a hash without 64 hex digits");
            for (std::size_t i = 0; i < key.hash.size(); ++i) {
                const auto* const at = digits.data() + 2 * i;
                const auto [end, error] = std::from_chars(at, at + 2, key.hash[i], 16);
                if (error != std::errc{} || end != at + 2) refuse(place, "has a hash without 64 hex digits");
            }
        } else {
            key.hash = hash_of(secret);
        }
        key.name = fmt::format("{} {:02x}{:02x}{:02x}{:02x}", to_string(key.scope), key.hash[0], key.hash[1],
                               key.hash[2], key.hash[3]);
        keys_.push_back(std::move(key));
    }
}

std::optional<Caller> ApiKeys::caller_of(std::string_view secret) const {
    const Hash hash = hash_of(secret);
    const Key* found = nullptr;
    for (const auto& key : keys_) { // all of them: the time tells nothing
        if (::CRYPTO_memcmp(key.hash.data(), hash.data(), hash.size()) == 0) found = &key;
    }
    if (found == nullptr) return std::nullopt;
    return Caller{.name = found->name, .scope = found->scope};
}

} // namespace vitrine::server
