#pragma once

#include <optional>
#include <string_view>

#include <vitrine/time.hpp>

namespace vitrine {

/// The wait that a Retry-After header (RFC 9110 section 10.2.3) asks for: a number of seconds, or a date in any of the
/// three forms of section 5.6.7, counted from `now` and never negative. Nothing when it is neither. At most an hour,
/// whatever the server says.
std::optional<Milliseconds> parse_retry_after(std::string_view value, Timestamp now);

} // namespace vitrine
