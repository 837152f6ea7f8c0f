#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <vitrine/ids.hpp>
#include <vitrine/time.hpp>

#include "storage/database.hpp"

/// Which stored files are being removed because their row is gone. The row of a removal is committed with what removed
/// the image's row, the file goes after that, and then the removal is recorded as done.
namespace vitrine::blob_removal_repository {

struct Removal {
    std::int64_t id = 0; ///< never used twice: another removal of the same bytes has another
    std::string sha256;
    bool done = false;
};

/// Asks for the removal of a file whose row was just removed, or that has none.
void ask(Transaction& tx, const std::string& sha256, std::int64_t bytes, Timestamp now);

/// The last removal of these bytes; nothing when there was none, or none lately.
[[nodiscard]] std::optional<Removal> find(Transaction& tx, const std::string& sha256);

struct Standing {
    std::optional<Removal> removal;  ///< as `find`
    std::optional<ImageId> original; ///< the row of the picture that they are
};

/// What is known of these bytes, by one question.
[[nodiscard]] Standing standing_of(Transaction& tx, const std::string& sha256);

struct Claim {
    Timestamp now;
    Timestamp lease_until;
    int limit = 100;
    bool ignore_leases = false; ///< for a database with one owner, whose leases are its own or of the dead
};

/// Leases removals that are not done, oldest first. No removal is given to two who respect each other's leases.
[[nodiscard]] std::vector<Removal> claim(Transaction& tx, const Claim& claim);

/// The leased removal could not be carried out and is due again.
void give_back(Transaction& tx, const Removal& removal);

struct Counts {
    std::int64_t unfinished = 0;
};
[[nodiscard]] Counts count(Transaction& tx);

/// The file is gone.
void finish(Transaction& tx, const Removal& removal, Timestamp now);

/// The bytes are stored again and have a row: the removal, which was done, is history.
void forget(Transaction& tx, const std::string& sha256);

/// Forgets what was done before `before`: whoever stored the same bytes before that has committed long ago.
void forget_done_before(Transaction& tx, Timestamp before);

} // namespace vitrine::blob_removal_repository
