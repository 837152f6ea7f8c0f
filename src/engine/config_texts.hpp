#pragma once

#include <string_view>

// What texts of the configuration must look like.

namespace vitrine {

bool is_durability(std::string_view text);
bool is_vector_backend(std::string_view text);
bool is_engine(std::string_view text);
bool is_dialect(std::string_view text);
bool is_log_level(std::string_view text);
bool is_log_format(std::string_view text);
bool is_database_url(std::string_view text);
bool is_image_store(std::string_view text);
bool is_http_url(std::string_view text);

/// What ChromaDB takes as the beginning of a collection's name, or nothing.
bool is_collection(std::string_view text);
bool is_listen_address(std::string_view text);

} // namespace vitrine
