#include "storage/blob_removal_repository.hpp"

#include <limits>
#include <string_view>

#include <fmt/format.h>

#include "storage/moment_column.hpp"
#include "storage/prepared.hpp"

namespace vitrine::blob_removal_repository {

using soci::into;
using soci::use;

void ask(Transaction& tx, const std::string& sha256, std::int64_t bytes, Timestamp now) {
    const long long asked_at = to_column(now);
    const long long size = bytes;
    // A new row for another removal: its id tells it from the last one.
    forget(tx, sha256);
    run_soon(tx, "INSERT INTO blob_removals (sha256, bytes, asked_at) VALUES (:sha256, :bytes, :now)",
             use(sha256, "sha256"), use(size, "bytes"), use(asked_at, "now"));
}

std::optional<Removal> find(Transaction& tx, const std::string& sha256) {
    long long id = 0;
    int done = 0;
    if (!run_prepared(tx,
                      "SELECT id, CASE WHEN removed_at IS NULL THEN 0 ELSE 1 END FROM blob_removals "
                      "WHERE sha256 = :sha256",
                      use(sha256, "sha256"), into(id), into(done))) {
        return std::nullopt;
    }
    return Removal{.id = id, .sha256 = sha256, .done = done != 0};
}

Standing standing_of(Transaction& tx, const std::string& sha256) {
    long long removal = 0, original = 0;
    int done = 0;
    soci::indicator has_removal = soci::i_null, has_original = soci::i_null, is_done = soci::i_null;
    run_prepared(tx,
                 "SELECT r.id, CASE WHEN r.removed_at IS NULL THEN 0 ELSE 1 END, i.id "
                 "FROM (SELECT CAST(:sha256 AS TEXT) AS sha256) asked "
                 "LEFT JOIN blob_removals r ON r.sha256 = asked.sha256 LEFT JOIN images i ON i.sha256 = asked.sha256",
                 use(sha256, "sha256"), into(removal, has_removal), into(done, is_done), into(original, has_original));
    Standing standing;
    if (has_removal == soci::i_ok) standing.removal = Removal{.id = removal, .sha256 = sha256, .done = done != 0};
    if (has_original == soci::i_ok) standing.original = ImageId{original};
    return standing;
}

std::vector<Removal> claim(Transaction& tx, const Claim& claim) {
    static constexpr std::string_view lease =
        "UPDATE blob_removals SET lease_until = :until WHERE id IN (SELECT id FROM blob_removals "
        "WHERE removed_at IS NULL AND lease_until <= :now ORDER BY id LIMIT :limit{}) RETURNING id, sha256";
    static const std::string for_sqlite = fmt::format(lease, "");
    static const std::string for_postgres = fmt::format(lease, " FOR UPDATE SKIP LOCKED");
    const long long now = claim.ignore_leases ? std::numeric_limits<long long>::max() : to_column(claim.now);
    const long long until = to_column(claim.lease_until);
    long long id = 0;
    std::string sha256;
    std::vector<Removal> removals;
    for_each_row(
        tx, is_postgres(tx) ? for_postgres : for_sqlite,
        [&] { removals.push_back({.id = id, .sha256 = sha256, .done = false}); }, use(until, "until"), use(now, "now"),
        use(claim.limit, "limit"), into(id), into(sha256));
    return removals;
}

void give_back(Transaction& tx, const Removal& removal) {
    const long long id = removal.id;
    run_prepared(tx, "UPDATE blob_removals SET lease_until = 0 WHERE id = :id AND removed_at IS NULL", use(id, "id"));
}

Counts count(Transaction& tx) {
    long long unfinished = 0;
    run_prepared(tx, "SELECT COUNT(*) FROM blob_removals WHERE removed_at IS NULL", into(unfinished));
    return {.unfinished = unfinished};
}

void finish(Transaction& tx, const Removal& removal, Timestamp now) {
    const long long id = removal.id;
    const long long removed_at = to_column(now);
    run_prepared(tx, "UPDATE blob_removals SET removed_at = :now WHERE id = :id AND removed_at IS NULL",
                 use(removed_at, "now"), use(id, "id"));
}

void forget(Transaction& tx, const std::string& sha256) {
    run_soon(tx, "DELETE FROM blob_removals WHERE sha256 = :sha256", use(sha256, "sha256"));
}

void forget_done_before(Transaction& tx, Timestamp before) {
    const long long at = to_column(before);
    run_prepared(tx, "DELETE FROM blob_removals WHERE removed_at IS NOT NULL AND removed_at < :before",
                 use(at, "before"));
}

} // namespace vitrine::blob_removal_repository
