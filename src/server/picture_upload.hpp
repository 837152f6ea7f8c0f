#pragma once

#include <string_view>

#include "server/message.hpp"

namespace vitrine::server {

/// The bytes of the one picture in a request's body: the body itself, or of multipart/form-data its part "image", or
/// else its only file. They point into the request. Throws Error(BadInput) when there is none.
std::string_view picture_in(const Request& request);

} // namespace vitrine::server
