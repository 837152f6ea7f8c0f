#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vitrine {

/// RFC 4648 section 4, padded, without line breaks.
std::string base64_of(std::string_view bytes);

/// Back again; nothing for what is no such text.
std::optional<std::string> from_base64(std::string_view text);

} // namespace vitrine
