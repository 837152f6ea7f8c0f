#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>

namespace vitrine {

/// Wakes a deliverer. What is asked for while it is busy is heard when it looks next. Safe from any thread.
class DeliveryBell {
public:
    using Moment = std::chrono::steady_clock::time_point;

    /// Something waits to be delivered.
    void ring();

    /// The server lost what it had: what it holds must be counted.
    void ask_for_audit();

    /// Whether an audit was asked for since the last call.
    [[nodiscard]] bool take_audit();

    /// Sleeps until a ring since the last call, `until` (nothing: for good) or the stop.
    void wait(const std::stop_token& stop, std::optional<Moment> until);

    /// Sleeps until `until` or the stop, whoever rings.
    void pause(const std::stop_token& stop, Moment until);

private:
    std::mutex mutex_;
    std::condition_variable_any wakes_;
    bool rung_ = false;  ///< guarded by mutex_
    bool audit_ = false; ///< guarded by mutex_
};

} // namespace vitrine
