#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace vitrine {

/// With A to Z as a to z; every other byte as it is. Names in HTTP know no other letters.
inline std::string ascii_lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return lower;
}

} // namespace vitrine
