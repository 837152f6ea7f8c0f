#pragma once

#include <atomic>
#include <chrono>
#include <functional>

#include <vitrine/time.hpp>

namespace vitrine {

/// A server's clock, told by this machine's steady clock and an offset that is measured again and again. So machines
/// whose own clocks disagree, or are set, agree on leases.
///
/// How right it is: within half of the shortest of three round trips when measured (a millisecond in one network), plus
/// how far the two clocks drift apart until the next measurement: with the usual 100 ppm, 3 ms in 30 s. While the
/// server cannot be asked it goes on by the last offset. Safe from any thread.
class ServerClock final : public Clock {
public:
    /// Asks the server for its time, three times. Throws what `ask` throws; the offset is then as before.
    void measure(const std::function<Timestamp()>& ask);

    [[nodiscard]] Timestamp now() const override;

private:
    [[nodiscard]] static Milliseconds steady_now();

    std::atomic<Milliseconds> offset_{Milliseconds{0}}; ///< what the steady clock lacks to the server's
};

} // namespace vitrine
