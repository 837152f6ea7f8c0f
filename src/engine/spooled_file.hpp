#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/nameless_file.hpp"
#include "storage/blob_store.hpp"

namespace vitrine {

/// A file's bytes as memory that the system may take back and read again: mapped from a temporary file that has no
/// name. For what is too large to be held, and read here and there. Safe from any thread.
class SpooledFile {
public:
    /// A stored file. Throws Error(NotFound) when there is none under `key`, Error(Unavailable) when there is no room
    /// for temporary files, and what BlobStore::get_into throws.
    SpooledFile(BlobStore& blobs, const std::string& key);

    /// What was written into `file`, which need not live as long and to which nothing is added any more.
    explicit SpooledFile(const NamelessFile& file);

    ~SpooledFile();
    SpooledFile(const SpooledFile&) = delete;
    SpooledFile& operator=(const SpooledFile&) = delete;

    [[nodiscard]] std::string_view bytes() const noexcept { return {static_cast<const char*>(mapped_), size_}; }

private:
    void map(const NamelessFile& file);

    void* mapped_ = nullptr; ///< nullptr: it is empty
    std::size_t size_ = 0;
};

} // namespace vitrine
