#include "jobs/riding_claim.hpp"

#include <utility>

namespace vitrine {

void RidingClaim::take(Transaction& tx) {
    auto& [queue, clock, held, due, worker, lease] = claimant_;
    held.release(std::exchange(reserved_, 0));
    tasks_.clear();
    due_.reset();
    reserved_ = held.reserve();
    if (reserved_ == 0) return;
    tasks_ = queue.claim(tx, worker, reserved_, clock.now(), lease);
    const int unused = reserved_ - static_cast<int>(tasks_.size());
    if (unused > 0 && !due.known()) due_ = queue.next_due(tx);
    // At once, not after the commit: a later write of the same group may make the task that this room is for.
    held.release(unused);
    reserved_ -= unused;
}

RidingClaim::Settled RidingClaim::settle(bool committed) {
    const int reserved = std::exchange(reserved_, 0);
    if (!committed) {
        claimant_.held.release(reserved);
        return {};
    }
    if (due_) claimant_.due.learn(*due_);
    return {.due_changed = due_.has_value(), .unwanted = claimant_.held.give(std::move(tasks_), reserved)};
}

} // namespace vitrine
