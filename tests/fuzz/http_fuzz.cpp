// A server's answer, whatever it sends: within the limits or refused, and any of it can be spoken of in one line.

#include <vitrine/error.hpp>

#include "fuzz_target.hpp"
#include "http/answer_reader.hpp"
#include "http/http_target.hpp"
#include "http/percent.hpp"
#include "http/retry_after.hpp"
#include "http/server_answer.hpp"

namespace {

constexpr std::uint64_t response_bytes_max = 100;
constexpr std::size_t error_bytes_max = 64U << 10;

/// The head's lines up to the empty one, then the rest in pieces of seven bytes.
vitrine::HttpResponse read_answer(const vitrine::HttpRequest& request, std::string_view bytes) {
    const std::string name = "GET fuzz/";
    vitrine::AnswerReader reader(request, name);
    while (!bytes.empty() && !reader.head_whole()) {
        const auto line =
            bytes.substr(0, bytes.find('\n') == std::string_view::npos ? bytes.size() : bytes.find('\n') + 1);
        reader.take_header(line);
        bytes.remove_prefix(line.size());
    }
    while (!bytes.empty() && reader.take_body(bytes.substr(0, 7)))
        bytes.remove_prefix(std::min<std::size_t>(7, bytes.size()));
    return reader.take();
}

} // namespace

std::vector<std::string> fuzz_seeds() {
    return {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"a\"\r\n\r\nhello",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 429 Slow\r\nRetry-After: 3\r\n\r\n<html>busy</html>",
            "HTTP/1.1 503\r\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\nX: 1\r\nx: 2\r\n\r\n" +
                std::string(200, 'x'),
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", "http://user:pass@host:1/%41?q=%zz#f"};
}

void fuzz_one(std::string_view bytes) {
    vitrine::HttpRequest request{.url = "http://fuzz/"};
    request.limits.response_bytes = response_bytes_max;
    try {
        const auto response = read_answer(request, bytes);
        const bool is_error = response.status >= 400;
        promise(response.body.size() <= (is_error ? error_bytes_max : response_bytes_max), "a body keeps its limit");
        const auto error =
            vitrine::status_error(request, response, {"The server", "a.url", "a.key"}, response.body, {});
        const std::string sentence = error.what();
        promise(sentence.size() < 500 && sentence.find_first_of("\n\r\x1b") == std::string::npos, "it is one line");
        const auto wait = error.retry_after().value_or(vitrine::Milliseconds(0));
        promise(wait >= vitrine::Milliseconds(0) && wait <= std::chrono::hours(1),
                "no server asks for more than an hour");
    } catch (const vitrine::Error& error) {
        promise(error.code() == vitrine::ErrorCode::TooLarge, "what is refused is too large");
    }
    promise(vitrine::percent_decode(vitrine::percent_encode(bytes)) == bytes, "decoding undoes encoding");
    static_cast<void>(vitrine::percent_decode(bytes));
    static_cast<void>(vitrine::parse_retry_after(bytes, {}));
    try {
        static_cast<void>(vitrine::parse_target(std::string(bytes)));
    } catch (const vitrine::Error& error) {
        promise(error.code() == vitrine::ErrorCode::Configuration, "a URL that cannot be used is said");
    }
}
