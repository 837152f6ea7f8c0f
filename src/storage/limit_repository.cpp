#include "storage/limit_repository.hpp"

#include <algorithm>

#include "storage/moment_column.hpp"
#include "storage/prepared.hpp"

namespace vitrine::limit_repository {
namespace {

using soci::into;
using soci::use;

/// The bucket, made where there is none. The update that changes nothing locks the row.
TokenBucket lock(Transaction& tx, const std::string& limit, double full, Timestamp now) {
    const long long at = to_column(now);
    TokenBucket bucket;
    long long filled_at = 0;
    run_prepared(tx,
                 "INSERT INTO limits (name, tokens, filled_at) VALUES (:name, :full, :now) "
                 "ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING tokens, filled_at",
                 use(limit, "name"), use(full, "full"), use(at, "now"), into(bucket.tokens), into(filled_at));
    bucket.filled_at = moment_from(filled_at);
    return bucket;
}

} // namespace

Taken take_tokens(Transaction& tx, const std::string& limit, const TokenRate& rate, int wanted, Timestamp now) {
    auto bucket = lock(tx, limit, rate.capacity, now);
    const int taken = bucket.take(rate, wanted, now);
    const long long filled_at = to_column(bucket.filled_at);
    run_prepared(tx, "UPDATE limits SET tokens = :tokens, filled_at = :filled_at WHERE name = :name",
                 use(bucket.tokens, "tokens"), use(filled_at, "filled_at"), use(limit, "name"));
    return {.tokens = taken, .until_next = bucket.until_next(rate)};
}

int hold(Transaction& tx, const Holding& holding) {
    lock(tx, holding.limit, 0.0, holding.now);
    const long long now = to_column(holding.now);
    const long long lease_until = to_column(holding.lease_until);
    run_prepared(tx, "DELETE FROM permits WHERE name = :name AND (lease_until <= :now OR holder = :holder)",
                 use(holding.limit, "name"), use(now, "now"), use(holding.holder, "holder"));
    long long others = 0;
    run_prepared(tx, "SELECT COALESCE(SUM(permits), 0) FROM permits WHERE name = :name", use(holding.limit, "name"),
                 into(others));
    const auto left = std::max(0LL, holding.permits_max - others);
    const int held = static_cast<int>(std::min<long long>(left, holding.wanted));
    if (held > 0) {
        run_prepared(
            tx, "INSERT INTO permits (name, holder, permits, lease_until) VALUES (:name, :holder, :held, :until)",
            use(holding.limit, "name"), use(holding.holder, "holder"), use(held, "held"), use(lease_until, "until"));
    }
    return held;
}

} // namespace vitrine::limit_repository
