#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include <vitrine/call_counts.hpp>
#include <vitrine/error.hpp>

namespace vitrine {

/// Counts calls. Safe from any thread.
class CallStatistics {
public:
    using Duration = std::chrono::steady_clock::duration;

    void began();
    void succeeded(Duration took);

    /// A call that began has failed with `error`.
    void failed(const Error& error);

    /// A call was not made.
    void held_back();

    [[nodiscard]] CallCounts counts() const;

    /// How long a call that succeeds takes: an average with the weight of the last dozen or so; nothing before the
    /// first.
    [[nodiscard]] std::optional<Duration> usual() const;

private:
    mutable std::mutex mutex_;
    CallCounts counts_; ///< guarded by mutex_, as below
    std::optional<double> usual_seconds_;
};

} // namespace vitrine
