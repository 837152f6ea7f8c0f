#include "vectors/delivery_bell.hpp"

#include <utility>

namespace vitrine {

void DeliveryBell::ring() {
    {
        const std::lock_guard lock(mutex_);
        rung_ = true;
    }
    wakes_.notify_all();
}

void DeliveryBell::ask_for_audit() {
    {
        const std::lock_guard lock(mutex_);
        audit_ = true;
        rung_ = true;
    }
    wakes_.notify_all();
}

bool DeliveryBell::take_audit() {
    const std::lock_guard lock(mutex_);
    return std::exchange(audit_, false);
}

void DeliveryBell::wait(const std::stop_token& stop, std::optional<Moment> until) {
    std::unique_lock lock(mutex_);
    const auto heard = [this] { return rung_; };
    if (until) {
        wakes_.wait_until(lock, stop, *until, heard);
    } else {
        wakes_.wait(lock, stop, heard);
    }
    rung_ = false;
}

void DeliveryBell::pause(const std::stop_token& stop, Moment until) {
    std::unique_lock lock(mutex_);
    wakes_.wait_until(lock, stop, until, [] { return false; });
}

} // namespace vitrine
