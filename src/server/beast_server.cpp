#include "server/http_server.hpp"

#include <memory>
#include <thread>
#include <utility>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "server/connection.hpp"

namespace vitrine::server {

namespace {

/// Whoever lets go of it last, a handler's thread or one that tells of a job's end, it is destroyed on the I/O thread,
/// on which alone the open connections are known.
std::shared_ptr<Connection> on_io_thread(std::unique_ptr<Connection> connection) {
    auto& io = connection->io();
    return {connection.release(),
            [&io](Connection* last) { net::dispatch(io, [owned = std::unique_ptr<Connection>(last)] {}); }};
}

} // namespace

/// Accepts connections, which then read by themselves, and ends them.
class HttpServer::Impl {
public:
    Impl(Front& front, HttpServerOptions options)
        : parts_(front, std::move(options)), acceptor_(parts_.io), accept_again_(parts_.io) {
        listen();
    }

    void start() {
        accept();
        thread_ = std::thread([this] { parts_.io.run(); });
    }

    ~Impl() { stop(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void stop();

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::size_t connections() const noexcept { return parts_.open_count; }
    [[nodiscard]] std::size_t waiting() { return parts_.quick.waiting() + parts_.slow.waiting(); }

private:
    void listen();
    void accept();
    void accepted(const error_code& failed, tcp::socket socket);
    void begin_stop();

    ConnectionParts parts_;
    const net::executor_work_guard<net::io_context::executor_type> work_{net::make_work_guard(parts_.io)};
    tcp::acceptor acceptor_;
    net::steady_timer accept_again_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

void HttpServer::Impl::listen() {
    error_code failed;
    tcp::resolver resolver(parts_.io);
    const auto found = resolver.resolve(parts_.options.host, std::to_string(parts_.options.port), failed);
    const auto require = [&](const char* what) {
        if (!failed) return;
        throw Error(ErrorCode::Unavailable,
                    fmt::format("The server cannot listen on {}:{} ({}: {}); is another one "
                                "running there? --listen chooses another address.",
                                parts_.options.host, parts_.options.port, what, failed.message()));
    };
    require("look-up");
    const tcp::endpoint endpoint = *found.begin();
    acceptor_.open(endpoint.protocol(), failed);
    require("open");
    acceptor_.set_option(net::socket_base::reuse_address(true), failed);
    acceptor_.bind(endpoint, failed);
    require("bind");
    acceptor_.listen(net::socket_base::max_listen_connections, failed);
    require("listen");
    port_ = acceptor_.local_endpoint().port();
}

void HttpServer::Impl::accept() {
    acceptor_.async_accept(
        [this](const error_code& failed, tcp::socket socket) { accepted(failed, std::move(socket)); });
}

void HttpServer::Impl::accepted(const error_code& failed, tcp::socket socket) {
    if (parts_.stopping || failed == net::error::operation_aborted) return;
    if (!failed && parts_.open.size() < parts_.options.connections_max) {
        error_code ignored; // slower, no worse
        socket.set_option(tcp::no_delay(true), ignored);
        on_io_thread(std::make_unique<Connection>(parts_, std::move(socket)))->read_head();
        return accept();
    }
    // Out of descriptors, or too many connections: the next ones wait in the system's queue for a moment.
    if (!failed) socket.close();
    accept_again_.expires_after(std::chrono::milliseconds(100));
    accept_again_.async_wait([this](const error_code& cancelled) {
        if (!cancelled && !parts_.stopping) accept();
    });
}

void HttpServer::Impl::begin_stop() {
    if (std::exchange(parts_.stopping, true)) return;
    error_code ignored; // it is closed in any case
    acceptor_.close(ignored);
    accept_again_.cancel();
    if (parts_.open.empty()) return parts_.all_closed();
    const auto connections = parts_.open; // winding up takes some out of it
    for (auto* connection : connections) connection->wind_up();
    const auto over =
        std::make_shared<net::steady_timer>(parts_.io, std::chrono::steady_clock::duration(parts_.options.grace));
    over->async_wait([this, over](const error_code& cancelled) {
        if (cancelled) return;
        const auto late = parts_.open;
        for (auto* connection : late) connection->cut();
        parts_.all_closed();
    });
}

void HttpServer::Impl::stop() {
    if (!thread_.joinable()) return;
    net::post(parts_.io, [this] { begin_stop(); });
    thread_.join();
    parts_.quick.stop();
    parts_.slow.stop();
}

HttpServer::HttpServer(Front& front, HttpServerOptions options)
    : impl_(std::make_unique<Impl>(front, std::move(options))) {}

HttpServer::~HttpServer() = default;

void HttpServer::start() {
    impl_->start();
}

std::uint16_t HttpServer::port() const noexcept {
    return impl_->port();
}

std::size_t HttpServer::connections() const noexcept {
    return impl_->connections();
}

std::size_t HttpServer::waiting() const {
    return impl_->waiting();
}

void HttpServer::stop() {
    impl_->stop();
}

} // namespace vitrine::server
