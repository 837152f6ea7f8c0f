#pragma once

#include <mutex>

#include "storage/database.hpp"
#include "storage/request_key_repository.hpp"

namespace vitrine {

/// Requests that must not run twice, by the key that their clients give them; kept for a day in the database, so that
/// every process and the next start know them. Safe from any thread. Every member throws Error(Unavailable).
class RequestKeys {
public:
    using Request = request_key_repository::KeyedRequest;
    using Answer = request_key_repository::KeptAnswer;
    using Claim = request_key_repository::Claim;

    RequestKeys(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

    /// Of several who claim one request at once one is told Claimed, and must `keep` or `release` it within two
    /// minutes.
    Claim claim(const Request& request);
    void keep(const Request& request, const Answer& answer);
    void release(const Request& request);

private:
    void forget_old(Transaction& tx, Timestamp now);

    Database& database_;
    const Clock& clock_;
    std::mutex mutex_;
    Timestamp forgotten_at_{}; ///< guarded by mutex_
};

} // namespace vitrine
