#pragma once

// For the sources of the HTTP server alone: Boost.Beast's headers take ten seconds to compile and must not leak through
// any other header.

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "server/date_header.hpp"
#include "server/front.hpp"
#include "server/handler_pool.hpp"
#include "server/http_server.hpp"

namespace vitrine::server {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using net::ip::tcp;

class Connection;

/// What the connections of one server share; used on the I/O thread unless it says otherwise.
struct ConnectionParts {
    ConnectionParts(Front& the_front, HttpServerOptions the_options)
        : front(the_front), options(std::move(the_options)), quick(options.quick_threads, options.waiting_max),
          slow(options.slow_threads, options.waiting_max) {}

    void closed(Connection* connection) {
        open.erase(connection);
        open_count = open.size();
        if (stopping && open.empty()) all_closed();
    }
    void all_closed() {
        if (!std::exchange(ended, true)) io.stop();
    }

    Front& front;
    const HttpServerOptions options;
    DateHeader date;
    std::set<Connection*> open;
    std::atomic<std::size_t> open_count = 0; ///< for any thread
    std::uint64_t bodies_bytes = 0;
    bool stopping = false;
    bool ended = false;    ///< `io` is stopped
    net::io_context io{1}; ///< what it still holds at its end, connections among it, uses the above
    HandlerPool quick;     ///< these hand over to `io`
    HandlerPool slow;
};

/// One client. All of it runs on the I/O thread, but for what Answering's members hand over to it.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(ConnectionParts& server, tcp::socket socket)
        : server_(server), stream_(std::move(socket)), timer_(server.io) {
        server_.open.insert(this);
        server_.open_count = server_.open.size();
    }
    ~Connection() {
        give_back_body();
        server_.closed(this);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    [[nodiscard]] net::io_context& io() noexcept { return server_.io; }

    void read_head();

    /// The server stops. Nothing happens where nobody holds the connection any more: it is about to be destroyed.
    void wind_up();

    /// The server's grace is over. As wind_up.
    void cut();

private:
    class Asked;

    void head_read(const error_code& failed);
    void admit();
    void reserve_body();
    void give_back_body();
    void read_body();
    void body_read(const error_code& failed);
    void spool_piece();
    void piece_spooled(std::optional<Response> refusal);
    void run_handler();
    void deliver(std::uint64_t number, Reply reply);
    void refuse(Response response);
    void answer(Response response);
    void wrote(const error_code& failed);
    void watch_client();
    void note_job();
    void report_ended();
    void end_connection();
    void drain();

    // Of Answering, on the I/O thread; `number` tells an answer that comes too late.
    void open_stream(Response head);
    void send(std::string piece);
    void end_stream();
    void flush();
    void gone(Ending ending);
    void forget_waiting();

    ConnectionParts& server_;
    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;

    // Of the present exchange.
    std::uint64_t number_ = 0;
    const Route* route_ = nullptr;
    std::shared_ptr<Request> request_;
    Exchange exchange_;
    std::chrono::steady_clock::time_point began_;
    std::chrono::steady_clock::time_point body_until_;
    std::uint64_t body_reserved_ = 0;
    std::uint64_t body_max_ = 0;
    /// Takes the body of a route that spools it; made and written by one handler's thread at a time.
    std::shared_ptr<std::optional<NamelessFile>> spool_;
    bool is_head_ = false;
    bool is_http10_ = false;
    bool keep_alive_ = false;
    bool idle_ = true;      ///< waits for a head
    bool handling_ = false; ///< a handler has it, or it waits for an event
    bool streaming_ = false;
    bool stream_ends_ = false;
    bool writing_ = false;
    bool watching_ = false;
    std::string head_;
    Response response_;
    std::string unsent_;
    std::string in_flight_;

    std::function<void(Ending)> ended_;
    std::function<void()> due_;
    net::steady_timer timer_;
};

} // namespace vitrine::server
