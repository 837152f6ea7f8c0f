#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vitrine {

/// Everything but letters, digits and "-._~" as %XX with capital digits (RFC 3986 section 2): for a value in a query.
/// It is the form that AWS Signature Version 4 signs.
std::string percent_encode(std::string_view text);

/// %XX and "+" (a space) undone; nothing when a % is not followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text);

} // namespace vitrine
