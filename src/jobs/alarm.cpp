#include "jobs/alarm.hpp"

namespace vitrine {

bool Alarm::sleep(const std::function<std::optional<Moment>()>& next) {
    // While `next` looks around, every moment rings: whoever changes something either is seen by `next` or is heard.
    sleeps_until_ = Moment::max();
    {
        const std::lock_guard lock(mutex_);
        rung_ = false;
    }
    const auto until = next();
    sleeps_until_ = until.value_or(Moment::max());

    std::unique_lock lock(mutex_);
    const auto heard = [this] { return rung_ || closed_; };
    if (until) {
        wakes_.wait_until(lock, *until, heard);
    } else {
        wakes_.wait(lock, heard);
    }
    return !closed_;
}

void Alarm::ring() {
    {
        const std::lock_guard lock(mutex_);
        rung_ = true;
    }
    wakes_.notify_one();
}

void Alarm::close() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    wakes_.notify_one();
}

} // namespace vitrine
