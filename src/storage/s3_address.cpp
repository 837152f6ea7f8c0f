#include "storage/s3_address.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "http/http_target.hpp"

namespace vitrine {
namespace {

constexpr std::string_view scheme = "s3://";
constexpr std::size_t prefix_bytes_max = 512; // of the 1024 that an object's name may have

bool is_lower_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_bucket(std::string_view name) {
    return name.size() >= 3 && name.size() <= 63 && is_lower_or_digit(name.front()) && is_lower_or_digit(name.back()) &&
           name.find("..") == std::string_view::npos &&
           std::ranges::all_of(name, [](char c) { return is_lower_or_digit(c) || c == '.' || c == '-'; });
}

// No empty, "." or ".." part: some servers and proxies fold those away.
bool is_prefix(std::string_view prefix) {
    if (prefix.size() > prefix_bytes_max) return false;
    while (!prefix.empty()) {
        const auto part = prefix.substr(0, prefix.find('/'));
        if (part.empty() || part == "." || part == "..") return false;
        const bool plain = std::ranges::all_of(part, [](char c) {
            return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
        });
        if (!plain) return false;
        prefix.remove_prefix(std::min(prefix.size(), part.size() + 1));
    }
    return true;
}

std::string checked_endpoint(const std::string& endpoint, const std::string& region) {
    if (endpoint.empty()) return fmt::format("https://s3.{}.amazonaws.com", region);
    std::string plain = endpoint;
    while (plain.ends_with('/')) plain.pop_back();
    bool usable = plain.find_first_of("@?# ") == std::string::npos;
    try {
        usable = usable && parse_target(plain).path == "/";
    } catch (const Error&) {
        usable = false; // said below, with the key's name
    }
    if (!usable) {
        throw Error(ErrorCode::Configuration,
                    "images.endpoint must be http://HOST:PORT or https://HOST:PORT, without a "
                    "path, user or password.");
    }
    return plain;
}

} // namespace

S3Address parse_s3_address(const std::string& store, const std::string& endpoint, const std::string& region) {
    const auto place = std::string_view(store).substr(std::min(store.size(), scheme.size()));
    const auto bucket = place.substr(0, place.find('/'));
    auto prefix = std::string(place.substr(std::min(place.size(), bucket.size() + 1)));
    while (prefix.ends_with('/')) prefix.pop_back();
    if (!store.starts_with(scheme) || !is_bucket(bucket)) {
        throw Error(ErrorCode::Configuration,
                    "images.store must be s3://BUCKET or s3://BUCKET/PREFIX; a bucket's name has 3 to 63 lower-case "
                    "letters, digits, dots and hyphens.");
    }
    if (!is_prefix(prefix)) {
        throw Error(
            ErrorCode::Configuration,
            "images.store: the prefix after the bucket may hold letters, digits, \".\", \"_\" and \"-\" between "
            "single slashes, at most 512 in all.");
    }
    if (!prefix.empty()) prefix += '/';
    return {.endpoint = checked_endpoint(endpoint, region), .bucket = std::string(bucket), .prefix = std::move(prefix)};
}

} // namespace vitrine
