#include "engine/request_keys.hpp"

#include <chrono>

namespace vitrine {
namespace {

constexpr std::chrono::minutes claim_time{2};
constexpr std::chrono::hours kept_for{24};
constexpr std::chrono::hours forget_every{1};

} // namespace

RequestKeys::Claim RequestKeys::claim(const Request& request) {
    return database_.write([&](Transaction& tx) {
        const Timestamp now = clock_.now();
        forget_old(tx, now);
        return request_key_repository::claim(tx, request, now, now + claim_time);
    });
}

void RequestKeys::keep(const Request& request, const Answer& answer) {
    database_.write([&](Transaction& tx) { request_key_repository::keep(tx, request, answer); });
}

void RequestKeys::release(const Request& request) {
    database_.write([&](Transaction& tx) { request_key_repository::release(tx, request); });
}

void RequestKeys::forget_old(Transaction& tx, Timestamp now) {
    {
        const std::lock_guard lock(mutex_);
        if (now - forgotten_at_ < forget_every) return;
        forgotten_at_ = now; // if the transaction is undone, an hour later is soon enough
    }
    request_key_repository::remove_before(tx, now - kept_for);
}

} // namespace vitrine
