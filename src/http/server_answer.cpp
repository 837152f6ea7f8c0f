#include "http/server_answer.hpp"

#include <fmt/format.h>

#include "http/ascii.hpp"
#include "http/http_target.hpp"
#include "http/retry_after.hpp"

namespace vitrine {
namespace {

ErrorCode code_of_status(int status) {
    switch (status) {
    case 401:
    case 403:
    case 407: return ErrorCode::Configuration;
    case 404:
    case 410: return ErrorCode::NotFound;
    case 408:
    case 504: return ErrorCode::TimedOut;
    case 409:
    case 412: return ErrorCode::Conflict;
    case 413: return ErrorCode::TooLarge;
    case 405:
    case 415:
    case 501:
    case 505: return ErrorCode::Unsupported;
    case 429: return ErrorCode::RateLimited;
    default: break;
    }
    if (status < 400) return ErrorCode::Configuration;
    return status < 500 ? ErrorCode::BadInput : ErrorCode::Unavailable;
}

std::string advice(int status, ErrorCode code, const ServerWords& words) {
    switch (code) {
    case ErrorCode::Configuration:
        if (status < 400) return fmt::format("it has moved; check {}", words.url_key);
        return fmt::format("check {}", words.key_key);
    case ErrorCode::NotFound: return fmt::format("check {}", words.url_key);
    case ErrorCode::RateLimited: return "it asks to be called less often";
    case ErrorCode::TimedOut:
    case ErrorCode::Unavailable: return "try again later or look into its log";
    case ErrorCode::TooLarge: return "what was sent is too large for it";
    default: return "it cannot do that";
    }
}

// Bytes of a stranger, on their way to a terminal.
std::string printable(std::string_view text) {
    constexpr std::size_t length_max = 200;
    std::string kept;
    for (const char c : text) {
        if (kept.size() == length_max) return kept + "…";
        const bool space = c == ' ' || c == '\n' || c == '\t';
        if (space && (kept.empty() || kept.back() == ' ')) continue;
        if (space)
            kept += ' ';
        else if (c > ' ' && c < '\x7f')
            kept += c;
    }
    while (kept.ends_with(' ') || kept.ends_with('.')) kept.pop_back();
    return kept;
}

} // namespace

Error status_error(const HttpRequest& request, const HttpResponse& response, const ServerWords& words,
                   std::string_view detail, Timestamp now) {
    const auto code = code_of_status(response.status);
    const auto said = is_web_page(response) ? std::string("a web page") : printable(detail);
    const auto sentence = fmt::format("{} answered {} with {}{}; {}.", words.server, name_of(request), response.status,
                                      said.empty() ? said : " (" + said + ")", advice(response.status, code, words));
    const Error error(code, sentence);
    const auto wait = parse_retry_after(response.header("retry-after"), now);
    return error.retryable() && wait ? Error(code, sentence, *wait) : error;
}

bool is_web_page(const HttpResponse& response) {
    if (response.header("content-type").starts_with("text/html")) return true;
    const auto first = response.body.find_first_not_of(" \t\r\n");
    if (first == std::string::npos) return false;
    const auto start = ascii_lower_case(std::string_view(response.body).substr(first, 9));
    return start.starts_with("<!doctype") || start.starts_with("<html") || start.starts_with("<head");
}

Error not_what_was_asked(const HttpRequest& request, const HttpResponse& response, const ServerWords& words,
                         std::string_view expected) {
    return {ErrorCode::Unavailable,
            fmt::format("{} answered {} with {} instead of {}; check {} and what stands in between.", words.server,
                        name_of(request), is_web_page(response) ? "a web page" : "something else", expected,
                        words.url_key)};
}

} // namespace vitrine
