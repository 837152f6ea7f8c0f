#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <vitrine/time.hpp>

#include "server/front.hpp"

namespace vitrine::server {

/// One exchange that has ended, for the log and the metrics.
struct Exchange {
    std::string method;
    std::string path;    ///< without the query, which may hold what people search for
    std::string pattern; ///< of the route; empty when there is none
    std::string caller;  ///< a key's name or an address, never a secret
    int status = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    Milliseconds took{0}; ///< from the head's last byte to the answer's
    std::string job;      ///< the job that the answer is about; empty: none
};

struct HttpServerOptions {
    std::string host = "127.0.0.1";  ///< an address, or a name to look up
    std::uint16_t port = 0;          ///< 0: any free one
    int quick_threads = 4;           ///< handlers of short work at one time
    int slow_threads = 2;            ///< handlers that decode pictures at one time
    std::size_t waiting_max = 2'000; ///< requests whose handler waits for a thread; more are answered 503
    std::size_t connections_max = 10'000;
    std::uint64_t bodies_bytes_max = 512ULL << 20; ///< memory for bodies that are being read or handled; more: 503
    std::size_t spooled_piece_bytes = 1 << 20;     ///< of a body that a temporary file takes so much is held in memory
    std::size_t head_bytes_max = 16 << 10;         ///< of a request's line and headers
    Milliseconds head_time{15'000};  ///< from a connection's first moment, or the last answer, to a head's last byte
    Milliseconds stall_time{20'000}; ///< without one byte of a body coming, or of an answer going
    Milliseconds body_time{300'000}; ///< for a whole body
    Milliseconds grace{10'000};      ///< for running requests when it stops
    std::function<void(const Exchange&)> ended; ///< on the I/O thread: it must be short
};

/// An HTTP/1.1 server (RFC 9112) on one thread that only moves bytes; handlers run on two bounded pools, and what waits
/// for an event holds no thread. A request is judged by its head: what is not allowed, or too long, is refused before
/// its body is read, and `Expect: 100-continue` is answered accordingly.
class HttpServer {
public:
    /// Listens, so that clients may connect; throws Error(Unavailable) when the address cannot be had. `front` outlives
    /// it.
    HttpServer(Front& front, HttpServerOptions options);

    /// From now on clients are served.
    void start();

    /// As stop().
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept;

    /// How many connections there are, and how many handlers wait for a thread.
    [[nodiscard]] std::size_t connections() const noexcept;
    [[nodiscard]] std::size_t waiting() const;

    /// Takes no more connections, closes idle ones, ends streams, lets running requests end within the grace.
    void stop();

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace vitrine::server
