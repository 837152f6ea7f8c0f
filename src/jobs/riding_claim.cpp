#include "jobs/riding_claim.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "storage/queue_topics.hpp"

namespace vitrine {

DirectClaim& RidingClaim::direct(Transaction& tx) {
    begin();
    if (would_find_nothing(tx)) reserved_ = pool_.held.reserve();
    return direct_.emplace(
        DirectClaim{.worker = pool_.options.name, .lease = pool_.options.lease, .room = reserved_, .taken = {}});
}

void RidingClaim::take(Transaction& tx) {
    if (direct_) {
        tasks_ = std::move(direct_->taken);
        direct_.reset();
    } else {
        begin();
    }
    if (!would_find_nothing(tx)) {
        // Not before: who hears of new tasks asks whether there is room.
        if (reserved_ == 0) reserved_ = pool_.held.reserve();
        room() > 0 ? claim(tx) : leave_the_rest();
    }
    // At once, not after the commit: a later write of the same group may make the task that this room is for.
    pool_.held.release(room());
    reserved_ -= room();
}

void RidingClaim::begin() {
    release();
    direct_.reset();
    tasks_.clear();
    due_.reset();
}

void RidingClaim::claim(Transaction& tx) {
    auto claimed = pool_.queue.claim(tx, pool_.options.name, room(), pool_.clock.now(), pool_.options.lease);
    std::ranges::move(claimed, std::back_inserter(tasks_));
    if (room() == 0) return leave_the_rest();
    tx.withdraw(queue_topic::ready); // we had room for more, and there is nothing left for others
    if (pool_.due.known()) return;
    const auto doubts = pool_.due.doubts();
    due_ = Due{.moment = pool_.queue.next_due(tx), .doubts = doubts};
}

/// Every other way in which a task comes to be ready leads to a look of its own, or makes the timer forget: another
/// process's announcement, a delay or a lease that has ended. On a busy queue this is a question less for most steps.
bool RidingClaim::would_find_nothing(const Transaction& tx) const {
    const auto made = tx.announced(queue_topic::ready);
    if (made) return !*made; // withdrawn: asked in this transaction already, and nothing was made since
    return pool_.due.nothing_is_due(pool_.clock.now());
}

/// There may be ready tasks that we had no room for.
void RidingClaim::leave_the_rest() {
    pool_.due.forget();
}

std::vector<Task> RidingClaim::settle(bool committed) {
    if (!committed) {
        release();
        return {};
    }
    if (due_) {
        pool_.due.learn(due_->moment, due_->doubts);
        pool_.alarm.ring();
    }
    return pool_.held.give(std::move(tasks_), std::exchange(reserved_, 0));
}

RidingClaim::RidingClaim(RidingClaim&& other) noexcept
    : pool_(other.pool_), reserved_(std::exchange(other.reserved_, 0)), direct_(std::move(other.direct_)),
      tasks_(std::move(other.tasks_)), due_(other.due_) {}

void RidingClaim::release() {
    // A settled claim may be destroyed after its pool: the committing thread drops its closures last.
    if (reserved_ > 0) pool_.held.release(std::exchange(reserved_, 0));
}

} // namespace vitrine
