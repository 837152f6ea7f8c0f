#pragma once

#include <vitrine/time.hpp>

namespace vitrine {

/// A moment as its column holds it: whole milliseconds since the Unix epoch.
[[nodiscard]] constexpr long long to_column(Timestamp moment) noexcept {
    return moment.time_since_epoch().count();
}

[[nodiscard]] constexpr Timestamp moment_from(long long column) noexcept {
    return Timestamp{Milliseconds{column}};
}

} // namespace vitrine
