#include <vitrine/time.hpp>

#include <fmt/chrono.h>

namespace vitrine {

Timestamp SystemClock::now() const { return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now()); }

std::string to_rfc3339(Timestamp moment) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(moment);
    const std::time_t seconds = std::chrono::system_clock::to_time_t(whole);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), (moment - whole).count());
}

} // namespace vitrine
