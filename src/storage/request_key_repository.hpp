#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <vitrine/time.hpp>

#include "storage/database.hpp"

/// Requests that must not run twice, and what they were answered with (table request_keys).
namespace vitrine::request_key_repository {

/// A request as its client names it.
struct KeyedRequest {
    std::string caller; ///< keys of different callers are different keys
    std::string key;
    std::string request_hash; ///< of all that makes the request what it is
};

struct KeptAnswer {
    int status = 200; ///< in [200, 499]
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body; ///< UTF-8 without NUL
};

struct Claimed {};      ///< the caller is to run the request, and to `keep` or `release` it before the claim ends
struct UnderWay {};     ///< somebody else runs it now
struct OtherRequest {}; ///< the key was used for another request
using Claim = std::variant<Claimed, KeptAnswer, UnderWay, OtherRequest>;

/// Claims the request until `claimed_until` unless it was answered or is under way. Of two processes at once one gets
/// it.
[[nodiscard]] Claim claim(Transaction& tx, const KeyedRequest& request, Timestamp now, Timestamp claimed_until);

/// Keeps the answer of a claimed request.
void keep(Transaction& tx, const KeyedRequest& request, const KeptAnswer& answer);

/// Gives a claim back, so that the same request may run again at once.
void release(Transaction& tx, const KeyedRequest& request);

/// Gives back every claim that was not answered: for the one process of a database, when it starts. Whoever made them
/// is dead.
void release_all(Transaction& tx);

/// Removes what was claimed before `moment`.
void remove_before(Transaction& tx, Timestamp moment);

} // namespace vitrine::request_key_repository
