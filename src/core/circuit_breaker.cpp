#include "core/circuit_breaker.hpp"

#include <algorithm>

namespace vitrine {

std::optional<Milliseconds> CircuitBreaker::refused_for(Moment now) {
    const std::lock_guard lock(mutex_);
    if (failures_ < options_.failures_max) return std::nullopt;
    if (now < next_trial_) {
        // Such a clock may be almost a millisecond behind; who came back too early would be refused again.
        return std::chrono::ceil<Milliseconds>(next_trial_ - now) + Milliseconds{1};
    }
    next_trial_ = now + options_.pause.initial; // for the others, while this one tries
    return std::nullopt;
}

void CircuitBreaker::succeeded() {
    const std::lock_guard lock(mutex_);
    failures_ = 0;
}

void CircuitBreaker::failed(Moment now) {
    const std::lock_guard lock(mutex_);
    failures_ = std::min(failures_ + 1, 1'000);
    if (failures_ < options_.failures_max) return;
    next_trial_ = now + options_.pause.backoff(failures_ - options_.failures_max + 1, std::nullopt, random_);
}

} // namespace vitrine
