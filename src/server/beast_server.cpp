// The one source that knows Boost.Beast, whose headers take ten seconds to compile.

#include "server/http_server.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <limits>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "server/handler_pool.hpp"
#include "server/problem.hpp"

namespace vitrine::server {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using net::ip::tcp;
using Steady = std::chrono::steady_clock;
using boost::system::error_code;

constexpr std::uint64_t unsent_bytes_max = 1 << 20; ///< of a stream whose client does not read
constexpr auto linger_time = std::chrono::seconds(2);

std::string_view plain(beast::string_view text) {
    return {text.data(), text.size()};
}

/// The address as the origin form has it: a proxy may send the whole URL (RFC 9112 section 3.2.2).
std::string_view origin_form(std::string_view target) {
    constexpr std::string_view scheme = "http://";
    if (!target.starts_with(scheme)) return target;
    const auto path = target.find('/', scheme.size());
    return path == std::string_view::npos ? "/" : target.substr(path);
}

/// What a head says, in our words.
Request request_from(const http::request_header<>& head, const tcp::socket& socket) {
    Request request;
    request.method = plain(head.method_string());
    if (request.method == "HEAD") request.method = "GET";
    request.target = origin_form(plain(head.target()));
    for (const auto& field : head) {
        std::string name(plain(field.name_string()));
        for (char& c : name) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
        auto [there, is_new] = request.headers.try_emplace(std::move(name), plain(field.value()));
        if (!is_new) there->second.append(", ").append(plain(field.value()));
    }
    error_code failed;
    request.address = socket.remote_endpoint(failed).address().to_string(failed);
    return request;
}

/// Once a second is enough for a header in seconds. For one thread.
class DateHeader {
public:
    const std::string& now() {
        const auto second = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        if (second != written_) {
            written_ = second;
            text_ = fmt::format("Date: {:%a, %d %b %Y %H:%M:%S} GMT\r\n", fmt::gmtime(second));
        }
        return text_;
    }

private:
    std::chrono::sys_seconds written_{};
    std::string text_;
};

std::string head_of(const Response& response, const std::string& date, bool keep_alive) {
    const auto reason = plain(http::obsolete_reason(http::int_to_status(static_cast<unsigned>(response.status))));
    std::string head = fmt::format("HTTP/1.1 {} {}\r\n{}", response.status, reason, date);
    for (const auto& [name, value] : response.headers) head.append(name).append(": ").append(value).append("\r\n");
    if (!keep_alive) head += "Connection: close\r\n";
    return head;
}

} // namespace

/// What connections share; used on the I/O thread unless it says otherwise.
class HttpServer::Impl {
public:
    Impl(Front& the_front, HttpServerOptions the_options)
        : front(the_front), options(std::move(the_options)), quick(options.quick_threads, options.waiting_max),
          slow(options.slow_threads, options.waiting_max), acceptor_(io), accept_again_(io) {
        listen();
    }

    void start() {
        accept();
        thread_ = std::thread([this] { io.run(); });
    }

    ~Impl() { stop(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void stop();

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    class Connection;

    void closed(Connection* connection) {
        open.erase(connection);
        open_count = open.size();
        if (stopping && open.empty()) all_closed();
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

private:
    void listen();
    void accept();
    void accepted(const error_code& failed, tcp::socket socket);
    void begin_stop();
    void all_closed() {
        if (!std::exchange(ended, true)) io.stop();
    }

    const net::executor_work_guard<net::io_context::executor_type> work_{net::make_work_guard(io)};
    tcp::acceptor acceptor_;
    net::steady_timer accept_again_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

/// One client. All of it runs on the I/O thread, but for what Answering's members hand over to it.
class HttpServer::Impl::Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(Impl& server, tcp::socket socket) : server_(server), stream_(std::move(socket)), timer_(server.io) {
        server_.open.insert(this);
        server_.open_count = server_.open.size();
    }
    ~Connection() {
        give_back_body();
        server_.closed(this);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void read_head();

    /// The server stops.
    void wind_up();

    /// The server's grace is over.
    void cut();

private:
    class Asked;

    void head_read(const error_code& failed);
    void admit();
    void reserve_body();
    void give_back_body();
    void read_body();
    void body_read(const error_code& failed);
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

    Impl& server_;
    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;

    // Of the present exchange.
    std::uint64_t number_ = 0;
    const Route* route_ = nullptr;
    std::shared_ptr<Request> request_;
    Exchange exchange_;
    Steady::time_point began_;
    Steady::time_point body_until_;
    std::uint64_t body_reserved_ = 0;
    std::uint64_t body_max_ = 0;
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

    friend class HttpServer::Impl;
};

/// Hands what other threads say over to the connection's.
class HttpServer::Impl::Connection::Asked final : public Answering {
public:
    Asked(std::shared_ptr<Connection> connection, std::uint64_t number)
        : connection_(std::move(connection)), number_(number) {}

    void answer(Response response) override {
        run([response = std::move(response)](Connection& c) mutable {
            c.forget_waiting();
            c.answer(std::move(response));
        });
    }
    void open_stream(Response head) override {
        run([head = std::move(head)](Connection& c) mutable { c.open_stream(std::move(head)); });
    }
    void send(std::string piece) override {
        run([piece = std::move(piece)](Connection& c) mutable { c.send(std::move(piece)); });
    }
    void end_stream() override {
        run([](Connection& c) { c.end_stream(); });
    }
    void when_ending(std::function<void(Ending)> ended) override {
        run([ended = std::move(ended)](Connection& c) mutable {
            c.ended_ = std::move(ended);
            if (c.server_.stopping) c.gone(Ending::Stopping);
        });
    }
    void after(Milliseconds delay, std::function<void()> due) override {
        run([number = number_, delay, due = std::move(due)](Connection& c) mutable {
            c.due_ = std::move(due);
            c.timer_.expires_after(delay);
            c.timer_.async_wait([self = c.shared_from_this(), number](const error_code& cancelled) {
                if (cancelled || self->number_ != number || !self->due_) return;
                const auto now_due = std::exchange(self->due_, nullptr);
                now_due();
            });
        });
    }

private:
    template <class Act>
    void run(Act act) {
        net::post(connection_->server_.io,
                  [connection = connection_, number = number_, act = std::move(act)]() mutable {
                      if (connection->number_ == number && connection->handling_) act(*connection);
                  });
    }

    const std::shared_ptr<Connection> connection_;
    const std::uint64_t number_;
};

void HttpServer::Impl::Connection::read_head() {
    ++number_;
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(server_.options.head_bytes_max));
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max()); // judged with the head
    route_ = nullptr;
    request_.reset();
    exchange_ = {};
    is_head_ = streaming_ = stream_ends_ = handling_ = false;
    idle_ = true;
    stream_.expires_after(server_.options.head_time);
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](const error_code& failed, std::size_t) { self->head_read(failed); });
}

void HttpServer::Impl::Connection::head_read(const error_code& failed) {
    idle_ = false;
    began_ = Steady::now();
    if (!failed) return admit();
    if (failed == http::error::header_limit || failed == http::error::buffer_overflow) {
        return refuse(problem_response(problem::headers_too_large, "The request's headers are over 16 KiB."));
    }
    // What is no HTTP is told so; a client that left, or let the time pass, is not there to be told.
    const bool said_something = failed.category() == make_error_code(http::error::bad_method).category() &&
                                failed != http::error::end_of_stream && failed != http::error::partial_message;
    if (said_something) return refuse(problem_response("bad_input", "The request is no HTTP/1.1 that can be read."));
    end_connection();
}

void HttpServer::Impl::Connection::admit() {
    const auto& head = parser_->get();
    is_head_ = head.method() == http::verb::head;
    is_http10_ = head.version() < 11;
    keep_alive_ = head.keep_alive() && !server_.stopping;
    request_ = std::make_shared<Request>(request_from(head, stream_.socket()));
    exchange_.method = std::string(head.method_string());
    exchange_.path = request_->target.substr(0, request_->target.find('?'));
    exchange_.caller = request_->address;
    std::optional<std::uint64_t> body_bytes;
    if (parser_->content_length()) body_bytes = *parser_->content_length();
    auto admitted = server_.front.admit(*request_, body_bytes);
    if (auto* refused = std::get_if<Response>(&admitted)) return refuse(std::move(*refused));
    auto& [route, request, body_max] = std::get<Front::Admitted>(admitted);
    route_ = route;
    body_max_ = body_max;
    *request_ = std::move(request);
    exchange_.pattern = route_->pattern;
    exchange_.caller = request_->caller.name;
    reserve_body();
}

/// Bodies are held in memory: so many bytes of them at a time and no more.
void HttpServer::Impl::Connection::reserve_body() {
    if (parser_->is_done()) return run_handler();
    const auto wanted = parser_->content_length() ? std::uint64_t{*parser_->content_length()} : body_max_;
    if (server_.bodies_bytes + wanted > server_.options.bodies_bytes_max) {
        return refuse(problem_response(
            Error(ErrorCode::Unavailable, "Too many uploads are under way; send it again in a moment.")));
    }
    body_reserved_ = wanted;
    server_.bodies_bytes += wanted;
    parser_->body_limit(body_max_);
    body_until_ = Steady::now() + server_.options.body_time;
    if (!beast::iequals(parser_->get()[http::field::expect], "100-continue")) return read_body();
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    stream_.expires_after(server_.options.stall_time);
    net::async_write(stream_, net::buffer(go_on), [self = shared_from_this()](const error_code& failed, std::size_t) {
        failed ? self->end_connection() : self->read_body();
    });
}

void HttpServer::Impl::Connection::give_back_body() {
    server_.bodies_bytes -= std::exchange(body_reserved_, 0);
}

void HttpServer::Impl::Connection::read_body() {
    stream_.expires_at(std::min(Steady::now() + Steady::duration(server_.options.stall_time), body_until_));
    http::async_read_some(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](const error_code& failed, std::size_t) { self->body_read(failed); });
}

void HttpServer::Impl::Connection::body_read(const error_code& failed) {
    if (failed == http::error::body_limit) {
        return refuse(problem_response(
            Error(ErrorCode::TooLarge,
                  fmt::format("The body is longer than {} bytes, which is what is read here.", body_max_))));
    }
    if (failed && failed.category() == make_error_code(http::error::bad_method).category() &&
        failed != http::error::partial_message) {
        return refuse(
            problem_response("bad_input", "The request's body breaks off or is no HTTP/1.1 that can be read."));
    }
    if (failed) return end_connection();
    if (!parser_->is_done()) return read_body();
    run_handler();
}

void HttpServer::Impl::Connection::run_handler() {
    request_->body = std::move(parser_->get().body());
    exchange_.bytes_in = request_->body.size();
    handling_ = true;
    stream_.expires_never();
    auto& pool = route_->work == Work::Slow ? server_.slow : server_.quick;
    const bool taken = pool.submit([self = shared_from_this(), number = number_, route = route_, request = request_] {
        Reply reply = self->server_.front.handle(*route, *request);
        auto& io = self->server_.io;
        net::post(io, [self = std::move(self), number, reply = std::move(reply)]() mutable {
            self->deliver(number, std::move(reply));
        });
    });
    if (!taken) {
        answer(
            problem_response(Error(ErrorCode::Unavailable, "The server has too much to do; ask again in a moment.")));
    }
}

void HttpServer::Impl::Connection::deliver(std::uint64_t number, Reply reply) {
    if (number != number_ || !handling_) return;
    request_->body = {}; // not needed while it waits
    give_back_body();
    if (auto* response = std::get_if<Response>(&reply)) return answer(std::move(*response));
    watch_client();
    std::get<Later>(reply)(std::make_shared<Asked>(shared_from_this(), number));
}

/// An answer to a request whose body was not read: nothing can follow on this connection.
void HttpServer::Impl::Connection::refuse(Response response) {
    if (!parser_->is_done()) keep_alive_ = false;
    answer(std::move(response));
}

void HttpServer::Impl::Connection::answer(Response response) {
    if (streaming_ || writing_) return;
    handling_ = false;
    if (server_.stopping) keep_alive_ = false;
    give_back_body();
    error_code ignored; // then the connection is not kept
    if (watching_) stream_.socket().cancel(ignored);
    if (request_) server_.front.add_common_headers(*request_, response);
    response_ = std::move(response);
    exchange_.status = response_.status;
    note_job();
    const bool has_body = response_.status != 204 && response_.status != 304;
    head_ = head_of(response_, server_.date.now(), keep_alive_);
    if (has_body) head_ += fmt::format("Content-Length: {}\r\n", response_.bytes().size());
    if (is_http10_ && keep_alive_) head_ += "Connection: keep-alive\r\n";
    head_ += "\r\n";
    exchange_.bytes_out = has_body && !is_head_ ? response_.bytes().size() : 0;
    const std::string& bytes = response_.bytes();
    const std::array<net::const_buffer, 2> whole{net::buffer(head_), net::buffer(bytes.data(), exchange_.bytes_out)};
    writing_ = true;
    stream_.expires_after(server_.options.stall_time + Milliseconds(exchange_.bytes_out / 100)); // at least 100 kB/s
    net::async_write(stream_, whole,
                     [self = shared_from_this()](const error_code& failed, std::size_t) { self->wrote(failed); });
}

void HttpServer::Impl::Connection::wrote(const error_code& failed) {
    writing_ = false;
    report_ended();
    response_ = {};
    if (failed) return end_connection();
    if (!keep_alive_ || server_.stopping) return drain();
    if (watching_) { // a read is under way that must end first
        keep_alive_ = false;
        return drain();
    }
    read_head();
}

void HttpServer::Impl::Connection::note_job() {
    constexpr std::string_view jobs = "/v1/jobs/";
    for (const auto& [name, value] : response_.headers) {
        if (name == "Location" && value.starts_with(jobs)) exchange_.job = value.substr(jobs.size());
    }
}

void HttpServer::Impl::Connection::report_ended() {
    exchange_.took = std::chrono::duration_cast<Milliseconds>(Steady::now() - began_);
    if (server_.options.ended) server_.options.ended(exchange_);
}

/// While a client waits long, it may leave: the socket then becomes readable, with nothing to read.
void HttpServer::Impl::Connection::watch_client() {
    if (watching_ || buffer_.size() > 0) return; // a pipelined request is there: it has not left
    watching_ = true;
    stream_.socket().async_wait(tcp::socket::wait_read, [self = shared_from_this()](const error_code& failed) {
        self->watching_ = false;
        if (failed) return;
        char byte = 0;
        error_code peeked;
        const auto read = self->stream_.socket().receive(net::buffer(&byte, 1), tcp::socket::message_peek, peeked);
        if (read > 0 || !self->handling_) return; // its next request: it is still there
        self->gone(Ending::ClientGone);
        self->end_connection();
    });
}

void HttpServer::Impl::Connection::open_stream(Response head) {
    if (streaming_ || writing_) return;
    streaming_ = true;
    server_.front.add_common_headers(*request_, head);
    exchange_.status = head.status;
    keep_alive_ = false; // a client of streams opens another connection for what it wants next
    unsent_ = head_of(head, server_.date.now(), keep_alive_);
    if (!is_http10_) unsent_ += "Transfer-Encoding: chunked\r\n";
    unsent_ += "\r\n";
    if (is_head_) stream_ends_ = true;
    flush();
}

void HttpServer::Impl::Connection::send(std::string piece) {
    if (!streaming_ || stream_ends_ || piece.empty()) return;
    if (unsent_.size() + piece.size() > unsent_bytes_max) { // it does not read
        gone(Ending::ClientGone);
        return end_connection();
    }
    exchange_.bytes_out += piece.size();
    if (is_http10_) {
        unsent_ += piece;
    } else {
        unsent_ += fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
    }
    flush();
}

void HttpServer::Impl::Connection::end_stream() {
    if (!streaming_ || stream_ends_) return;
    stream_ends_ = true;
    if (!is_http10_) unsent_ += "0\r\n\r\n";
    flush();
}

void HttpServer::Impl::Connection::flush() {
    if (writing_) return;
    if (unsent_.empty()) {
        if (!stream_ends_) return;
        forget_waiting();
        streaming_ = handling_ = false;
        return wrote({});
    }
    in_flight_ = std::exchange(unsent_, {});
    writing_ = true;
    stream_.expires_after(server_.options.stall_time);
    net::async_write(stream_, net::buffer(in_flight_),
                     [self = shared_from_this()](const error_code& failed, std::size_t) {
                         self->writing_ = false;
                         self->stream_.expires_never();
                         if (!failed) return self->flush();
                         self->gone(Ending::ClientGone);
                         self->report_ended();
                         self->end_connection();
                     });
}

void HttpServer::Impl::Connection::gone(Ending ending) {
    const auto ended = std::exchange(ended_, nullptr);
    if (ended) ended(ending);
    if (ending == Ending::ClientGone || streaming_) {
        due_ = nullptr;
        timer_.cancel();
    }
    if (ending == Ending::ClientGone) handling_ = false;
}

void HttpServer::Impl::Connection::forget_waiting() {
    ended_ = nullptr;
    due_ = nullptr;
    timer_.cancel();
}

void HttpServer::Impl::Connection::cut() {
    const auto self = shared_from_this(); // what waits for it may be all that holds it
    end_connection();
}

void HttpServer::Impl::Connection::wind_up() {
    const auto self = shared_from_this();
    if (idle_) return end_connection();
    keep_alive_ = false;
    gone(Ending::Stopping);
    if (streaming_) end_stream();
}

void HttpServer::Impl::Connection::end_connection() {
    forget_waiting();
    handling_ = false;
    give_back_body();
    error_code ignored; // the client may be gone already
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.close();
}

/// Says that nothing more comes and reads on for a moment: to close over unread bytes would take the answer away from
/// the client (RFC 9112 section 9.6).
void HttpServer::Impl::Connection::drain() {
    error_code failed;
    stream_.socket().shutdown(tcp::socket::shutdown_send, failed);
    if (failed || watching_) return end_connection();
    buffer_.clear();
    const auto until = Steady::now() + linger_time;
    const auto read_on = [self = shared_from_this(), until](const auto& again) -> void {
        self->stream_.expires_at(until);
        self->buffer_.clear();
        self->stream_.async_read_some(
            self->buffer_.prepare(64 << 10),
            [self, again](const error_code& ended, std::size_t) { ended ? self->end_connection() : again(again); });
    };
    read_on(read_on);
}

void HttpServer::Impl::listen() {
    error_code failed;
    tcp::resolver resolver(io);
    const auto found = resolver.resolve(options.host, std::to_string(options.port), failed);
    const auto require = [&](const char* what) {
        if (!failed) return;
        throw Error(ErrorCode::Unavailable, fmt::format("The server cannot listen on {}:{} ({}: {}); is another one "
                                                        "running there? --listen chooses another address.",
                                                        options.host, options.port, what, failed.message()));
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
    if (stopping || failed == net::error::operation_aborted) return;
    if (!failed && open.size() < options.connections_max) {
        error_code ignored; // slower, no worse
        socket.set_option(tcp::no_delay(true), ignored);
        std::make_shared<Connection>(*this, std::move(socket))->read_head();
        return accept();
    }
    // Out of descriptors, or too many connections: the next ones wait in the system's queue for a moment.
    if (!failed) socket.close();
    accept_again_.expires_after(std::chrono::milliseconds(100));
    accept_again_.async_wait([this](const error_code& cancelled) {
        if (!cancelled && !stopping) accept();
    });
}

void HttpServer::Impl::begin_stop() {
    if (std::exchange(stopping, true)) return;
    error_code ignored; // it is closed in any case
    acceptor_.close(ignored);
    accept_again_.cancel();
    if (open.empty()) return all_closed();
    const auto connections = open; // winding up takes some out of it
    for (auto* connection : connections) connection->wind_up();
    const auto over = std::make_shared<net::steady_timer>(io, Steady::duration(options.grace));
    over->async_wait([this, over](const error_code& cancelled) {
        if (cancelled) return;
        const auto late = open;
        for (auto* connection : late) connection->cut();
        all_closed();
    });
}

void HttpServer::Impl::stop() {
    if (!thread_.joinable()) return;
    net::post(io, [this] { begin_stop(); });
    thread_.join();
    quick.stop();
    slow.stop();
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
    return impl_->open_count;
}

std::size_t HttpServer::waiting() const {
    return impl_->quick.waiting() + impl_->slow.waiting();
}

void HttpServer::stop() {
    impl_->stop();
}

} // namespace vitrine::server
