#pragma once

#include <cstddef>
#include <memory>

#include "http/http_message.hpp"

namespace vitrine {

class CurlTransfer;

/// Speaks HTTP/1.1 to servers, over TLS for https (the server's certificate is checked against the machine's
/// authorities). Connections are kept and used again: each transfer takes the most recently used of the idle ones. Any
/// number of threads may send at one time; as many connections as were ever busy together are kept, at most `idle_max`.
///
/// The environment's http_proxy, https_proxy and no_proxy are obeyed, as curl(1) does. Nothing is ever unpacked
/// (Content-Encoding), no cookie is kept, and no other protocol is spoken.
class HttpClient {
public:
    static constexpr std::size_t idle_max_default = 32;

    explicit HttpClient(std::size_t idle_max = idle_max_default);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// Sends the request and returns the answer, whatever its status. A request whose kept connection turned out to be
    /// closed before any byte of an answer is sent once more over a new one; nothing else is repeated here.
    ///
    /// Throws Error, whose sentence names method, host and path and no secret:
    ///   Unavailable    the server cannot be found or reached, cut the connection, or does not answer in HTTP
    ///   TimedOut       a limit of time passed
    ///   TooLarge       the answer is over `response_bytes`; one that says so beforehand is not read at all
    ///   Cancelled      `stop` was requested
    ///   Configuration  the URL or a header cannot be used, or the server's certificate is not trusted
    /// and whatever the request's own functions throw.
    [[nodiscard]] HttpResponse send(const HttpRequest& request);

private:
    struct Idle;

public:
    /// A request that is on its way. Without `end` it is given up.
    class Begun {
    public:
        Begun(Idle& idle, std::unique_ptr<CurlTransfer> transfer);
        ~Begun();
        Begun(Begun&& other) noexcept;
        Begun& operator=(Begun&&) = delete;

        /// The answer, once. Any one thread may wait for it. Throws as `send`.
        [[nodiscard]] HttpResponse end();

    private:
        Idle& idle_;
        std::unique_ptr<CurlTransfer> transfer_;
    };

    /// Sends what of the request can be sent at once, and does not wait for anything. `request` must outlive what is
    /// returned, and this client, too. Throws as `send`.
    [[nodiscard]] Begun begin(const HttpRequest& request);

private:
    const std::unique_ptr<Idle> idle_;
};

} // namespace vitrine
