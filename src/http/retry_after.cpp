#include "http/retry_after.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include <curl/curl.h>

namespace vitrine {
namespace {

constexpr std::chrono::seconds longest = std::chrono::hours(1);

bool is_number(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Milliseconds seconds_in(std::string_view digits) {
    std::int64_t seconds = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    if (read.ec != std::errc()) return longest;
    return std::chrono::seconds(std::min(seconds, longest.count()));
}

} // namespace

std::optional<Milliseconds> parse_retry_after(std::string_view value, Timestamp now) {
    if (is_number(value)) return seconds_in(value);
    if (value.empty() || value.size() > 64 || value.find('\0') != std::string_view::npos) return std::nullopt;
    const auto seconds = curl_getdate(std::string(value).c_str(), nullptr);
    if (seconds < 0) return std::nullopt;
    const auto wait = Timestamp(std::chrono::seconds(seconds)) - now;
    return std::clamp<Milliseconds>(wait, Milliseconds{0}, longest);
}

} // namespace vitrine
