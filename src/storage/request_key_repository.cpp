#include "storage/request_key_repository.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <vitrine/error.hpp>

#include "storage/moment_column.hpp"
#include "storage/prepared.hpp"

namespace vitrine::request_key_repository {
namespace {

using nlohmann::json;
using soci::into;
using soci::use;

struct Row {
    std::string request_hash, headers, body;
    long long claimed_until = 0;
    int status = 0;
};

std::optional<Row> find(Transaction& tx, const KeyedRequest& request) {
    Row row;
    const bool found =
        run_prepared(tx,
                     "SELECT request_hash, claimed_until, status, headers, body FROM request_keys "
                     "WHERE caller = :caller AND request_key = :key",
                     into(row.request_hash), into(row.claimed_until), into(row.status), into(row.headers),
                     into(row.body), use(request.caller, "caller"), use(request.key, "key"));
    return found ? std::optional(std::move(row)) : std::nullopt;
}

KeptAnswer answer_from(const Row& row) {
    try {
        return {.status = row.status,
                .headers = json::parse(row.headers).get<std::vector<std::pair<std::string, std::string>>>(),
                .body = row.body};
    } catch (const json::exception&) {
        throw Error(ErrorCode::Corrupted, "A kept answer's headers cannot be read; send the request with another key.");
    }
}

} // namespace

Claim claim(Transaction& tx, const KeyedRequest& request, Timestamp now, Timestamp claimed_until) {
    const long long until = to_column(claimed_until);
    const long long moment = to_column(now);
    // One that was never answered and whose claim has ended is taken over by the same request.
    const auto changed =
        change_prepared(tx,
                        "INSERT INTO request_keys (caller, request_key, request_hash, claimed_until, created_at) "
                        "VALUES (:caller, :key, :hash, :until, :now) ON CONFLICT (caller, request_key) DO UPDATE "
                        "SET claimed_until = excluded.claimed_until WHERE request_keys.status = 0 AND "
                        "request_keys.claimed_until <= :now AND request_keys.request_hash = excluded.request_hash",
                        use(request.caller, "caller"), use(request.key, "key"), use(request.request_hash, "hash"),
                        use(until, "until"), use(moment, "now"));
    if (changed == 1) return Claimed{};
    const auto row = find(tx, request);
    if (!row) return UnderWay{};
    if (row->request_hash != request.request_hash) return OtherRequest{};
    if (row->status == 0) return UnderWay{};
    return answer_from(*row);
}

void keep(Transaction& tx, const KeyedRequest& request, const KeptAnswer& answer) {
    const std::string headers = json(answer.headers).dump();
    change_prepared(tx,
                    "UPDATE request_keys SET status = :status, headers = :headers, body = :body "
                    "WHERE caller = :caller AND request_key = :key",
                    use(answer.status, "status"), use(headers, "headers"), use(answer.body, "body"),
                    use(request.caller, "caller"), use(request.key, "key"));
}

void release(Transaction& tx, const KeyedRequest& request) {
    change_prepared(tx, "DELETE FROM request_keys WHERE caller = :caller AND request_key = :key AND status = 0",
                    use(request.caller, "caller"), use(request.key, "key"));
}

void release_all(Transaction& tx) {
    change_prepared(tx, "DELETE FROM request_keys WHERE status = 0");
}

void remove_before(Transaction& tx, Timestamp moment) {
    const long long before = to_column(moment);
    change_prepared(tx, "DELETE FROM request_keys WHERE created_at < :before", use(before, "before"));
}

} // namespace vitrine::request_key_repository
