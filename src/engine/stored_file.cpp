#include "engine/stored_file.hpp"

namespace vitrine {

void keep_file(Transaction& tx, const std::string& sha256, std::optional<std::int64_t> known) {
    // After the row was made or held: a removal that this statement does not see has not begun.
    const auto removal = blob_removal_repository::find(tx, sha256);
    if (!removal) return;
    if (!removal->done || removal->id != known) throw FileRemoved{};
    blob_removal_repository::forget(tx, sha256);
}

} // namespace vitrine
