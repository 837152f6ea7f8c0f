#pragma once

#include <string>
#include <string_view>

#include <vitrine/error.hpp>

namespace vitrine {

/// The error for a transfer that libcurl ended with `code` (a CURLcode) and, where it said more, `detail`. `name` is
/// the request's (name_of).
Error transfer_error(int code, std::string_view detail, const std::string& name);

/// The error for a request of a stranger's URL that leads to `address`: BadInput.
Error not_public_error(const std::string& address, const std::string& name);

} // namespace vitrine
