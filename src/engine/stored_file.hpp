#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>

#include <vitrine/error.hpp>

#include "storage/blob_removal_repository.hpp"
#include "storage/database.hpp"

namespace vitrine {

/// The file of the bytes that are being accepted was removed, or is being removed, since they were stored.
struct FileRemoved {};

/// Makes sure that the file of these bytes, stored since the removal `known` was read, is not removed after this
/// commit: call it after the row that refers to it was made or held. Throws FileRemoved.
void keep_file(Transaction& tx, const std::string& sha256, std::optional<std::int64_t> known);

/// Stores bytes and commits what refers to them although the same bytes may be being removed at the same time; both
/// again while a removal came in between (docs/decisions/removing-files.md). `store(again, original)`, told which
/// picture has them already, stores them and returns what `commit(tx, stored, known)` needs, which hands `known` to
/// keep_file; what that returned, committed as safe as `flush_of(stored)` says. Throws Error(Unavailable) when a
/// removal takes too long.
template <class Store, class Commit, class FlushOf>
auto store_and_commit(Database& database, const std::string& sha256, const Store& store, const Commit& commit,
                      const FlushOf& flush_of) {
    constexpr int removals_waited_for_max = 50;
    constexpr std::chrono::milliseconds removal_pause{20}; // a removal takes a millisecond, on S3 some ten
    for (int tried = 0; tried < removals_waited_for_max; ++tried) {
        if (tried > 0) std::this_thread::sleep_for(removal_pause);
        const auto [removal, original] =
            database.look([&](Transaction& tx) { return blob_removal_repository::standing_of(tx, sha256); });
        if (removal && !removal->done) continue;
        const auto known = removal ? std::optional(removal->id) : std::nullopt;
        const auto stored = store(tried > 0, original);
        try {
            return database.write([&](Transaction& tx) { return commit(tx, stored, known); }, flush_of(stored));
        } catch (const FileRemoved&) {
            continue;
        }
    }
    throw Error(ErrorCode::Unavailable, "The same bytes are just being removed; hand them in again.",
                std::chrono::seconds(1));
}

/// The same, on the disk before anybody can see it.
template <class Store, class Commit>
auto store_and_commit(Database& database, const std::string& sha256, const Store& store, const Commit& commit) {
    return store_and_commit(database, sha256, store, commit, [](const auto&) { return Flush::First; });
}

} // namespace vitrine
