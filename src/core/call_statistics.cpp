#include "core/call_statistics.hpp"

#include <algorithm>

#include "core/not_its_turn.hpp"

namespace vitrine {

void CallStatistics::began() {
    const std::lock_guard lock(mutex_);
    ++counts_.under_way;
}

void CallStatistics::succeeded(Duration took) {
    const double seconds = std::chrono::duration<double>(took).count();
    const auto bucket = std::ranges::lower_bound(CallCounts::seconds_at_most, seconds);
    const std::lock_guard lock(mutex_);
    --counts_.under_way;
    ++counts_.succeeded;
    counts_.seconds_total += seconds;
    ++counts_.took[static_cast<std::size_t>(bucket - CallCounts::seconds_at_most.begin())];
    usual_seconds_ = usual_seconds_ ? *usual_seconds_ + (seconds - *usual_seconds_) / 8 : seconds;
}

void CallStatistics::failed(const Error& error) {
    const std::lock_guard lock(mutex_);
    --counts_.under_way;
    if (dynamic_cast<const NotItsTurn*>(&error) != nullptr) {
        ++counts_.held_back;
    } else if (error.code() == ErrorCode::RateLimited) {
        ++counts_.throttled;
    } else if (error.retryable()) {
        ++counts_.failed_for_now;
    } else {
        ++counts_.failed_for_good;
    }
}

void CallStatistics::held_back() {
    const std::lock_guard lock(mutex_);
    ++counts_.held_back;
}

CallCounts CallStatistics::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

std::optional<CallStatistics::Duration> CallStatistics::usual() const {
    const std::lock_guard lock(mutex_);
    if (!usual_seconds_) return std::nullopt;
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(*usual_seconds_));
}

} // namespace vitrine
