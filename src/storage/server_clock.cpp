#include "storage/server_clock.hpp"

namespace vitrine {

void ServerClock::measure(const std::function<Timestamp()>& ask) {
    constexpr int questions = 3;
    auto best = std::chrono::nanoseconds::max();
    for (int i = 0; i < questions; ++i) {
        const auto asked = std::chrono::steady_clock::now();
        const Timestamp told = ask();
        const auto took = std::chrono::steady_clock::now() - asked;
        if (took >= best) continue;
        best = took;
        const auto middle = std::chrono::duration_cast<Milliseconds>((asked + took / 2).time_since_epoch());
        offset_ = told.time_since_epoch() - middle;
    }
}

Timestamp ServerClock::now() const {
    return Timestamp{steady_now() + offset_.load()};
}

Milliseconds ServerClock::steady_now() {
    return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

} // namespace vitrine
