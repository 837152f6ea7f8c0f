#pragma once

#include <optional>

#include "server/message.hpp"

namespace vitrine::server {

/// The web page's file at the request's address, or 304 where the browser has it; nothing when there is none.
std::optional<Response> page_response(const Request& request);

} // namespace vitrine::server
