#include "storage/blob_key.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine {

bool is_blob_key(std::string_view text) {
    return text.size() == 64 &&
           std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

void check_blob_key(std::string_view key) {
    if (!is_blob_key(key))
        throw Error(ErrorCode::BadInput, "A stored image's key must be 64 lower-case hex digits (a SHA-256).");
}

std::string blob_path(std::string_view key) {
    return fmt::format("{}/{}", key.substr(0, 2), key);
}

std::string_view key_in_blob_path(std::string_view path) {
    const auto key = path.substr(std::min(path.size(), path.rfind('/') + 1));
    return is_blob_key(key) && blob_path(key) == path ? key : std::string_view();
}

} // namespace vitrine
