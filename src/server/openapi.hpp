#pragma once

#include <string_view>

namespace vitrine::server {

/// The API's description, OpenAPI 3.1: src/server/openapi.json, compiled into the program.
std::string_view openapi_document() noexcept;

} // namespace vitrine::server
