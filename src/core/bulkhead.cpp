#include "core/bulkhead.hpp"

#include <algorithm>

namespace vitrine {

bool Bulkhead::enter(Milliseconds wait_max) {
    std::unique_lock lock(mutex_);
    if (!waiting_.empty() || !has_room()) {
        const auto own = waiting_.emplace(waiting_.end());
        const bool came = own->wait_for(lock, wait_max, [&] { return own == waiting_.begin() && has_room(); });
        waiting_.erase(own);
        under_way_ += came;
        wake_first(); // who is first now may have room too
        return came;
    }
    ++under_way_;
    return true;
}

void Bulkhead::wake_first() {
    if (!waiting_.empty() && has_room()) waiting_.front().notify_one();
}

void Bulkhead::leave(End end) {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex_);
    --under_way_;
    if (end == End::Succeeded) {
        at_once_ = std::min<double>(at_once_max_, at_once_ + 1.0 / std::max(at_once_, 1.0));
    } else if (end == End::Throttled && now - halved_at_ >= std::chrono::seconds(1)) {
        at_once_ = std::max(1.0, at_once_ / 2);
        halved_at_ = now;
    }
    wake_first();
}

int Bulkhead::at_once() const {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(at_once_);
}

} // namespace vitrine
