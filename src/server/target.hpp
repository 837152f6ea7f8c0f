#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/message.hpp"

namespace vitrine::server {

/// A request's target (RFC 9112 section 3.2.1), taken apart.
struct Target {
    std::vector<std::string> segments; ///< of the path; none for "/"
    Fields query;
};

/// Reads "/path/of/segments?name=value&other". %XX is undone after the path was cut at '/', so that an id may hold one;
/// in the query '+' is a space. Throws Error(BadInput) that says where for what does not begin with '/', a % without
/// two hex digits, a text that is not UTF-8 or holds a NUL, more than 32 segments or 64 parameters.
Target parse_target(std::string_view target);

/// %XX undone, and nothing else; nothing when a % is not followed by two hex digits.
std::optional<std::string> decode_segment(std::string_view text);

/// Whether `text` is UTF-8 without a NUL.
bool is_plain_utf8(std::string_view text);

} // namespace vitrine::server
