#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace vitrine {

/// On which line of a file each id stood first. Keeps a 64-bit hash and a line per id and not the id: 12 to 24 bytes
/// each, for files of millions of rows. Two ids of one hash (one chance in 37 million for a million ids) count as one.
/// Open addressing with linear probing. Not safe from several threads at once.
class FirstLines {
public:
    /// Remembers that `id` stands on `line`; the earlier line when it stood on one before.
    std::optional<std::size_t> add(std::string_view id, std::size_t line);

private:
    void grow();
    [[nodiscard]] std::size_t place_of(std::uint64_t hash) const;

    std::vector<std::uint64_t> hashes_; ///< 0: free; a power of two of them
    std::vector<std::uint32_t> lines_;
    std::size_t used_ = 0;
};

} // namespace vitrine
