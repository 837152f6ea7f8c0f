#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace vitrine {

using Milliseconds = std::chrono::milliseconds;

/// A moment on the UTC wall clock, to the millisecond; stored as whole milliseconds since the Unix epoch.
using Timestamp = std::chrono::sys_time<Milliseconds>;

/// Where the time comes from. Passed to whoever needs the time, so that a test can move it.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Timestamp now() const = 0;
};

/// The machine's clock. Safe from any thread.
class SystemClock final : public Clock {
public:
    [[nodiscard]] Timestamp now() const override;
};

/// RFC 3339 in UTC with milliseconds: "2026-03-09T17:04:05.123Z".
std::string to_rfc3339(Timestamp moment);

/// What to_rfc3339 wrote; nothing for any other text, and for what is no moment ("2026-02-30T…").
std::optional<Timestamp> timestamp_from_rfc3339(std::string_view text);

} // namespace vitrine
