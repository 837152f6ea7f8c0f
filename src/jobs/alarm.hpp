#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>

namespace vitrine {

/// One thread's sleep until the next moment that matters, which other threads may cut short. No ring is lost, whenever
/// it comes.
class Alarm {
public:
    using Moment = std::chrono::steady_clock::time_point;

    /// Sleeps until the moment that `next` gives (nothing: for good) or a ring. `next` sees whatever was changed before
    /// any ring that will not be heard. False once closed. For one thread.
    bool sleep(const std::function<std::optional<Moment>()>& next);

    void ring();

    /// Rings unless the sleeper wakes by `moment` anyway. One atomic load where it does.
    void ring_by(Moment moment) {
        if (moment < sleeps_until_.load()) ring();
    }

    void close();

private:
    std::atomic<Moment> sleeps_until_ = Moment::max();
    std::mutex mutex_;
    std::condition_variable wakes_;
    bool rung_ = false;   ///< guarded by mutex_
    bool closed_ = false; ///< guarded by mutex_
};

} // namespace vitrine
