#pragma once

#include <string>

#include "core/sha256.hpp"
#include "storage/blob_store.hpp"

namespace vitrine {

/// Reads a source once and sees to it that its bytes are what the key promises. For one thread.
class CheckedSource {
public:
    CheckedSource(const std::string& key, const BlobSource& source) : key_(key), source_(source) {}

    /// As BlobSource::read. Throws Error(BadInput) when there are more or fewer bytes than were announced, or when the
    /// last was read and they do not have the hash `key`.
    [[nodiscard]] std::size_t read(std::span<char> bytes);

    /// As BlobSource::rewind.
    void rewind();

private:
    const std::string& key_;
    const BlobSource& source_;
    std::optional<Sha256> hash_{std::in_place};
    std::uint64_t read_ = 0;
};

} // namespace vitrine
