#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vitrine {

/// Bytes to store that are not in memory as a whole.
struct BlobSource {
    std::uint64_t bytes = 0; ///< how many there are

    /// Fills the front of the span and returns how much; 0: no more.
    std::function<std::size_t(std::span<char>)> read;

    /// Begins again at the first byte: a server may have to be sent them twice.
    std::function<void()> rewind;
};

/// Where a blob's bytes go, piece by piece, as they come.
struct BlobSink {
    std::function<void()> begin; ///< before the first piece; again where it starts over: what came before is void
    std::function<void(std::string_view)> take;
};

/// Where originals' bytes are kept, addressed by their content: the key is the SHA-256 of the bytes, 64 lower-case hex
/// digits. All members are safe from any thread and any process.
class BlobStore {
public:
    virtual ~BlobStore() = default;

    /// Stores `bytes` under `key`; returns when they would survive power loss. Storing the same key again changes
    /// nothing. A reader sees the whole or nothing. Throws Error(Unavailable) when they cannot be stored (disk full, no
    /// permission).
    virtual void put(const std::string& key, std::string_view bytes) = 0;

    /// Whether `put` goes to a file system of this machine's own: it mostly takes some milliseconds.
    [[nodiscard]] virtual bool is_local() const noexcept { return false; }

    /// The bytes; nothing when there are none under `key`. Throws Error(Unavailable), Error(Corrupted) when what is
    /// there does not have this hash.
    [[nodiscard]] virtual std::optional<std::string> get(const std::string& key) = 0;

    /// As `put`, without ever holding more than some hundred kilobytes. Throws also what the source throws, and
    /// Error(BadInput) when its bytes are not as many as it said or do not have the hash `key`; then nothing is stored.
    virtual void put_from(const std::string& key, const BlobSource& source) = 0;

    /// As `get`, without ever holding more than some hundred kilobytes; false, and nothing is called, when there are
    /// none. What the sink was given counts only once this has returned: Error(Corrupted) comes after the last piece.
    [[nodiscard]] virtual bool get_into(const std::string& key, const BlobSink& sink) = 0;

    /// Of what is there under `key`; nothing when there is none.
    [[nodiscard]] virtual std::optional<std::uint64_t> size_of(const std::string& key) = 0;
    [[nodiscard]] bool exists(const std::string& key) { return size_of(key).has_value(); }

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
