#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <vitrine/time.hpp>

// What is sent to an HTTP server and what comes back (RFC 9110).

namespace vitrine {

enum class HttpMethod { Get, Head, Put, Post, Delete };

/// "GET", "HEAD", "PUT", "POST", "DELETE".
std::string_view to_string(HttpMethod method) noexcept;

/// A body that is read while it is sent.
struct HttpBodySource {
    std::uint64_t bytes = 0; ///< how long it is; it is sent as Content-Length

    /// Fills the front of the span and returns how much; 0 before `bytes` were given is a failure of the transfer. What
    /// it throws comes out of HttpClient::send.
    std::function<std::size_t(std::span<char>)> read;

    /// Starts again at the first byte: a kept connection that the server has closed meanwhile is opened anew.
    std::function<void()> rewind;
};

/// Bytes that the caller keeps until `send` returns, or a source of them.
using HttpBody = std::variant<std::string_view, HttpBodySource>;

/// Signs the request for Amazon S3 and what speaks its protocol (AWS Signature Version 4). The request must carry the
/// header x-amz-content-sha256, and its query must be sorted and percent-encoded.
struct AwsSigning {
    std::string region, service, access_key, secret_key;
};

/// How long, how much. Zero or less is no limit.
struct HttpLimits {
    Milliseconds deadline{60'000};             ///< for the whole exchange, connecting included
    Milliseconds connect{5'000};               ///< until there is a connection, TLS included
    Milliseconds stall{30'000};                ///< without one byte coming or going
    std::uint64_t response_bytes{16ULL << 20}; ///< of an answer's body; also for a sink. A longer one is refused
};

/// How a URL is treated that a stranger wrote: neither it nor a redirection may hold a user or password, and it leads to
/// public addresses alone (public_address.hpp). Those are looked at when a name has been resolved, at each connection,
/// so that no later answer of a name server and no redirection leads elsewhere; a proxy, which would resolve names
/// itself, is not used. Send such requests through a client that sends no others: a kept connection is not looked at
/// again.
struct StrangersUrl {
    bool private_addresses_too = false; ///< then proxies are used as for any other request
};

struct HttpRequest {
    HttpMethod method = HttpMethod::Get;
    std::string url; ///< http or https; may hold user:password@, which no message repeats
    std::vector<std::pair<std::string, std::string>> headers;
    std::optional<HttpBody> body;
    HttpLimits limits;

    /// Takes the body of a 2xx answer, piece by piece, in place of HttpResponse::body. What it throws comes out of
    /// `send`.
    std::function<void(std::string_view)> sink;

    std::stop_token stop; ///< ends the transfer at once with Error(Cancelled)

    std::optional<StrangersUrl> strangers_url; ///< given: the URL is not ours
    std::optional<AwsSigning> signing;
    int redirects_max = 0; ///< redirections followed, to http and https alone; 0: a 3xx is the answer
};

struct HttpResponse {
    int status = 0;
    std::map<std::string, std::string, std::less<>> headers; ///< lower-case names; of several, joined by ", "

    /// At most `response_bytes`. Of an answer from 400 upwards at most the first 64 KiB: it is only read for its
    /// message.
    std::string body;

    [[nodiscard]] bool ok() const noexcept { return status >= 200 && status < 300; }

    /// A header's value; empty when it is not there. `name` in lower case.
    [[nodiscard]] std::string_view header(std::string_view name) const;
};

} // namespace vitrine
