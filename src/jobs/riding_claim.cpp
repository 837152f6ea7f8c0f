#include "jobs/riding_claim.hpp"

#include <utility>

namespace vitrine {

void RidingClaim::take(Transaction& tx) {
    auto& held = pool_.held;
    held.release(std::exchange(reserved_, 0));
    tasks_.clear();
    due_.reset();
    reserved_ = held.reserve();
    if (reserved_ == 0) return;
    tasks_ = pool_.queue.claim(tx, pool_.options.name, reserved_, pool_.clock.now(), pool_.options.lease);
    const int unused = reserved_ - static_cast<int>(tasks_.size());
    if (unused > 0 && !pool_.due.known()) due_ = pool_.queue.next_due(tx);
    // At once, not after the commit: a later write of the same group may make the task that this room is for.
    held.release(unused);
    reserved_ -= unused;
}

std::vector<Task> RidingClaim::settle(bool committed) {
    const int reserved = std::exchange(reserved_, 0);
    if (!committed) {
        pool_.held.release(reserved);
        return {};
    }
    if (due_) {
        pool_.due.learn(*due_);
        pool_.alarm.ring();
    }
    return pool_.held.give(std::move(tasks_), reserved);
}

} // namespace vitrine
