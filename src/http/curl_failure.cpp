#include "http/curl_failure.hpp"

#include <algorithm>
#include <array>

#include <curl/curl.h>
#include <fmt/format.h>

namespace vitrine {
namespace {

// A handshake that was cut ends with the same code as one that was refused; only the text tells.
bool was_cut(std::string_view detail) {
    constexpr std::array words{"SYSCALL", "reset", "unexpected eof"};
    return std::ranges::any_of(words, [&](const char* word) { return detail.find(word) != std::string_view::npos; });
}

Error untrusted(const std::string& name) {
    return {ErrorCode::Configuration,
            fmt::format("{}: the server's TLS certificate is not trusted; check the URL's host, or install the "
                        "certificate's authority on this machine.",
                        name)};
}

} // namespace

Error transfer_error(int code, std::string_view detail, const std::string& name) {
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return {ErrorCode::Unavailable, fmt::format("{}: the host's name is not known; check the URL.", name)};
    case CURLE_COULDNT_CONNECT:
        return {ErrorCode::Unavailable,
                fmt::format("{}: no connection could be made; check that the server runs there.", name)};
    case CURLE_OPERATION_TIMEDOUT:
        return {ErrorCode::TimedOut, fmt::format("{}: the server did not answer in time.", name)};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR: return untrusted(name);
    case CURLE_SSL_CONNECT_ERROR:
        if (was_cut(detail)) break;
        return {ErrorCode::Configuration,
                fmt::format("{}: the server and this machine find no common TLS; check that the URL should start with "
                            "https and that the port is right.",
                            name)};
    case CURLE_URL_MALFORMAT:
        return {ErrorCode::Configuration, fmt::format("{}: the URL cannot be used; check it.", name)};
    case CURLE_LOGIN_DENIED:
        return {ErrorCode::BadInput,
                fmt::format("{}: the URL, or where it redirects to, holds a user or a password; leave them out.", name)};
    case CURLE_UNSUPPORTED_PROTOCOL: // the URL's was checked: this is an answer without an HTTP status line
    case CURLE_WEIRD_SERVER_REPLY:
        return {ErrorCode::Unavailable,
                fmt::format("{}: what answers there does not speak HTTP; check the URL's host and port.", name)};
    case CURLE_TOO_MANY_REDIRECTS:
        return {ErrorCode::Unavailable, fmt::format("{}: the server redirects in a circle; check the URL.", name)};
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR: break;
    case CURLE_OUT_OF_MEMORY:
    case CURLE_BAD_FUNCTION_ARGUMENT:
        return {ErrorCode::Internal, fmt::format("{}: the transfer could not be prepared ({}).", name,
                                                 curl_easy_strerror(static_cast<CURLcode>(code)))};
    default:
        return {ErrorCode::Unavailable,
                fmt::format("{}: the transfer failed ({}).", name, curl_easy_strerror(static_cast<CURLcode>(code)))};
    }
    return {ErrorCode::Unavailable, fmt::format("{}: the connection was cut before the answer was whole.", name)};
}

Error not_public_error(const std::string& address, const std::string& name) {
    return {ErrorCode::BadInput,
            fmt::format("{}: it leads to {}, which is not a public address of the internet; such are not asked.", name,
                        address)};
}

} // namespace vitrine
