#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace vitrine {

/// Where originals' bytes are kept, addressed by their content: the key is the SHA-256 of the bytes, 64 lower-case hex
/// digits. All members are safe from any thread and any process.
class BlobStore {
public:
    virtual ~BlobStore() = default;

    /// Stores `bytes` under `key`; returns when they would survive power loss. Storing the same key again changes
    /// nothing. A reader sees the whole or nothing. Throws Error(Unavailable) when they cannot be stored (disk full, no
    /// permission).
    virtual void put(const std::string& key, std::string_view bytes) = 0;

    /// The bytes; nothing when there are none under `key`. Throws Error(Unavailable), Error(Corrupted) when what is
    /// there does not have this hash.
    [[nodiscard]] virtual std::optional<std::string> get(const std::string& key) = 0;

    [[nodiscard]] virtual bool exists(const std::string& key) = 0;

    /// Removes it; false when there was none.
    virtual bool remove(const std::string& key) = 0;

    /// Calls `visit` with every key and its size in bytes, in no order, until it returns false.
    virtual void list(const std::function<bool(const std::string& key, std::uint64_t bytes)>& visit) = 0;

    /// As `list`, of the keys that begin with the byte `shelf` in [0, 255] alone: a long list in parts.
    virtual void list_shelf(int shelf, const std::function<bool(const std::string& key, std::uint64_t bytes)>& visit) {
        constexpr const char* digits = "0123456789abcdef";
        const std::string prefix{digits[shelf / 16], digits[shelf % 16]};
        list(
            [&](const std::string& key, std::uint64_t bytes) { return !key.starts_with(prefix) || visit(key, bytes); });
    }
};

} // namespace vitrine
