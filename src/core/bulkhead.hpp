#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <optional>

#include <vitrine/time.hpp>

namespace vitrine {

/// Bounds how many calls to one server, or of one costly piece of work, are under way from this process, so that slow
/// ones hold some of the threads and never all of them (Nygard, "Release It!"). Who waits is served in the order of
/// coming. The bound gives way to a server that asks for fewer calls: it is halved, at most once a second, and grows
/// back by one for every round of calls that succeed (additive increase, multiplicative decrease: Chiu and Jain, 1989).
/// Safe from any thread.
class Bulkhead {
public:
    /// `at_once_max` of 0: any number.
    explicit Bulkhead(int at_once_max) : at_once_max_(at_once_max), at_once_(at_once_max) {}

    /// Blocks until there is room, but no longer than `wait_max`; whether there is. Then `leave` must follow. `entered`
    /// is called as soon as there is: on this thread, or, without waiting for it to wake up, on that of whoever makes
    /// room. It must be short and must not throw.
    [[nodiscard]] bool enter(Milliseconds wait_max, const std::function<void()>& entered = {});

    enum class End { Succeeded, Throttled, Otherwise };
    void leave(End end);

    /// How many may be under way now; 0: any number.
    [[nodiscard]] int at_once() const;

    /// How many wait for room.
    [[nodiscard]] int waiting() const;

private:
    using Moment = std::chrono::steady_clock::time_point;

    struct Waiting {
        const std::function<void()>& entered;
        std::condition_variable changed;
        enum { Waits, Enters, IsIn } state = Waits;
    };

    void let_in(std::unique_lock<std::mutex>& lock);
    [[nodiscard]] bool has_room() const { return at_once_max_ == 0 || under_way_ < static_cast<int>(at_once_); }

    const int at_once_max_;
    mutable std::mutex mutex_;    ///< guards all below
    std::list<Waiting> waiting_;  ///< in the order of coming; none where there is room
    std::list<Waiting> entering_; ///< who have room and are not awake yet
    double at_once_;
    int under_way_ = 0;
    Moment halved_at_{};
};

} // namespace vitrine
