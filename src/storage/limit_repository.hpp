#pragma once

#include <string>

#include "core/token_bucket.hpp"
#include "storage/database.hpp"

/// The tables `limits` and `permits`: limits that all processes of a database keep together. Whoever calls one of these
/// has the limit's row until the end of the transaction.
namespace vitrine::limit_repository {

struct Taken {
    int tokens = 0;
    Milliseconds until_next{0}; ///< when there will be one more
};

/// Takes up to `wanted` tokens from the limit's bucket, which is full when it is made.
[[nodiscard]] Taken take_tokens(Transaction& tx, const std::string& limit, const TokenRate& rate, int wanted,
                                Timestamp now);

struct Holding {
    std::string limit;
    std::string holder; ///< unique among the living
    int permits_max = 1;
    int wanted = 0; ///< in all, not in addition; 0 gives all back
    Timestamp now{};
    Timestamp lease_until{}; ///< from then on what is held counts as free
};

/// Lets `holder` hold as many permits as it wants and the others leave; how many that is.
[[nodiscard]] int hold(Transaction& tx, const Holding& holding);

} // namespace vitrine::limit_repository
