#include "core/bulkhead.hpp"

#include <algorithm>

namespace vitrine {

bool Bulkhead::enter(Milliseconds wait_max, const std::function<void()>& entered) {
    std::unique_lock lock(mutex_);
    if (waiting_.empty() && has_room()) {
        ++under_way_;
        lock.unlock();
        if (entered) entered();
        return true;
    }
    const auto own = waiting_.emplace(waiting_.end(), entered);
    own->changed.wait_for(lock, wait_max, [&] { return own->state != Waiting::Waits; });
    if (own->state == Waiting::Waits) {
        waiting_.erase(own);
        return false;
    }
    own->changed.wait(lock, [&] { return own->state == Waiting::IsIn; });
    entering_.erase(own);
    return true;
}

/// Who waits, as far as there is room.
void Bulkhead::let_in(std::unique_lock<std::mutex>& lock) {
    while (!waiting_.empty() && has_room()) {
        const auto first = waiting_.begin();
        entering_.splice(entering_.end(), waiting_, first);
        ++under_way_;
        first->state = Waiting::Enters;
        lock.unlock();
        if (first->entered) first->entered();
        lock.lock();
        first->state = Waiting::IsIn;
        first->changed.notify_one(); // with the lock, or it could be gone
    }
}

void Bulkhead::leave(End end) {
    const auto now = std::chrono::steady_clock::now();
    std::unique_lock lock(mutex_);
    --under_way_;
    if (end == End::Succeeded) {
        at_once_ = std::min<double>(at_once_max_, at_once_ + 1.0 / std::max(at_once_, 1.0));
    } else if (end == End::Throttled && now - halved_at_ >= std::chrono::seconds(1)) {
        at_once_ = std::max(1.0, at_once_ / 2);
        halved_at_ = now;
    }
    let_in(lock);
}

int Bulkhead::waiting() const {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(waiting_.size());
}

int Bulkhead::at_once() const {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(at_once_);
}

} // namespace vitrine
