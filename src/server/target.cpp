#include "server/target.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <unicode/utf8.h>

#include <vitrine/error.hpp>

#include "http/percent.hpp"

namespace vitrine::server {
namespace {

constexpr std::size_t segments_max = 32;
constexpr std::size_t parameters_max = 64;

[[noreturn]] void refuse(const std::string& sentence) {
    throw Error(ErrorCode::BadInput, sentence);
}

std::string checked(std::optional<std::string> text, std::string_view what, std::size_t at) {
    if (!text) refuse(fmt::format("{} at byte {} of the address has a '%' without two hex digits after it.", what, at));
    if (!is_plain_utf8(*text)) refuse(fmt::format("{} at byte {} of the address is not UTF-8 text.", what, at));
    return std::move(*text);
}

/// Calls `part(text, at)` for each piece of `whole` between separators; `at` is where it stands, from `offset` on.
template <class Part>
void split(std::string_view whole, char separator, std::size_t offset, Part part) {
    for (std::size_t from = 0; from <= whole.size();) {
        const auto end = std::min(whole.find(separator, from), whole.size());
        part(whole.substr(from, end - from), offset + from);
        from = end + 1;
    }
}

std::vector<std::string> segments_of(std::string_view path) {
    std::vector<std::string> segments;
    if (path == "/") return segments;
    split(path.substr(1), '/', 1, [&](std::string_view segment, std::size_t at) {
        if (segments.size() == segments_max) refuse("The address has more than 32 segments.");
        segments.push_back(checked(decode_segment(segment), "The segment", at));
    });
    return segments;
}

Fields parameters_of(std::string_view query, std::size_t offset) {
    Fields parameters;
    if (query.empty()) return parameters;
    split(query, '&', offset, [&](std::string_view pair, std::size_t at) {
        if (pair.empty()) return;
        if (parameters.size() == parameters_max) refuse("The address has more than 64 parameters.");
        const auto equals = std::min(pair.find('='), pair.size());
        const auto value = pair.substr(std::min(equals + 1, pair.size()));
        parameters.emplace_back(checked(percent_decode(pair.substr(0, equals)), "The parameter", at),
                                checked(percent_decode(value), "The parameter", at));
    });
    return parameters;
}

} // namespace

std::optional<std::string> decode_segment(std::string_view text) {
    if (text.find('+') == std::string_view::npos) return percent_decode(text);
    std::string with_plus; // percent_decode is for queries, where '+' is a space
    for (const char c : text) c == '+' ? with_plus += "%2B" : with_plus += c;
    return percent_decode(with_plus);
}

bool is_plain_utf8(std::string_view text) {
    const auto end = static_cast<std::int32_t>(text.size());
    for (std::int32_t at = 0; at < end;) {
        UChar32 character = 0;
        U8_NEXT(text.data(), at, end, character);
        if (character <= 0) return false;
    }
    return true;
}

Target parse_target(std::string_view target) {
    if (!target.starts_with('/')) refuse("The address does not begin with '/'.");
    target = target.substr(0, target.find('#'));
    const auto mark = std::min(target.find('?'), target.size());
    const auto query = target.substr(std::min(mark + 1, target.size()));
    return {.segments = segments_of(target.substr(0, mark)), .query = parameters_of(query, mark + 1)};
}

} // namespace vitrine::server
