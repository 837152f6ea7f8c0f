#pragma once

#include <string_view>

namespace vitrine::server {

/// Whether an If-None-Match header names this tag (RFC 9110 section 13.1.2): in its list, weak or not, or as `*`.
bool is_among_tags(std::string_view tag, std::string_view if_none_match);

} // namespace vitrine::server
