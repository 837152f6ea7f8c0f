#include "jobs/riding_claim.hpp"

#include <utility>

#include "storage/queue_topics.hpp"

namespace vitrine {

void RidingClaim::take(Transaction& tx) {
    auto& held = pool_.held;
    release();
    tasks_.clear();
    due_.reset();
    if (would_find_nothing(tx)) return; // before room is reserved: who hears of new tasks asks whether there is room
    reserved_ = held.reserve();
    if (reserved_ == 0) return leave_the_rest();
    tasks_ = pool_.queue.claim(tx, pool_.options.name, reserved_, pool_.clock.now(), pool_.options.lease);
    const int unused = reserved_ - static_cast<int>(tasks_.size());
    if (unused == 0) leave_the_rest();
    if (unused > 0) tx.withdraw(queue_topic::ready); // we had room for more, and there is nothing left for others
    if (unused > 0 && !pool_.due.known()) {
        const auto doubts = pool_.due.doubts();
        due_ = Due{.moment = pool_.queue.next_due(tx), .doubts = doubts};
    }
    // At once, not after the commit: a later write of the same group may make the task that this room is for.
    held.release(unused);
    reserved_ -= unused;
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
    : pool_(other.pool_), reserved_(std::exchange(other.reserved_, 0)), tasks_(std::move(other.tasks_)),
      due_(other.due_) {}

void RidingClaim::release() {
    // A settled claim may be destroyed after its pool: the committing thread drops its closures last.
    if (reserved_ > 0) pool_.held.release(std::exchange(reserved_, 0));
}

} // namespace vitrine
