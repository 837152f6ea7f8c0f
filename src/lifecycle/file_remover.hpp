#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include <vitrine/time.hpp>

#include "storage/blob_store.hpp"
#include "storage/database.hpp"

namespace vitrine {

/// Removes the files that blob_removals asks for: rows first, files after their commit, and again until it is recorded,
/// so that no file outlives its row for good, whatever dies when. Why no file is removed that somebody stores again at
/// the same time: docs/decisions/removing-files.md. Safe from any thread and, on a shared database, any process.
class FileRemover {
public:
    /// `forget` is told of every removed file, to drop what is kept of it in memory.
    FileRemover(
        Database& database, BlobStore& blobs, const Clock& clock,
        std::function<void(const std::string& sha256)> forget = [](const std::string&) {});

    /// Removes all files whose removal was committed before the call and that no other process has in hand; how many.
    /// Throws Error(Unavailable) when the image store cannot be reached: what is left is removed by a later call.
    std::int64_t remove_all();

private:
    [[nodiscard]] int remove_some();

    Database& database_;
    BlobStore& blobs_;
    const Clock& clock_;
    const std::function<void(const std::string&)> forget_;
    std::mutex mutex_; ///< one batch of this process at a time: see the decision
};

} // namespace vitrine
