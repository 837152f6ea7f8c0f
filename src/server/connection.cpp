#include "server/connection.hpp"

#include <algorithm>
#include <limits>
#include <string_view>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "server/problem.hpp"

// How a request comes in and gets to its handler; how its answer goes out is in connection_answer.cpp.

namespace vitrine::server {
namespace {

using Steady = std::chrono::steady_clock;

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

} // namespace

/// Hands what other threads say over to the connection's.
class Connection::Asked final : public Answering {
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
    /// At once on the I/O thread: what is posted there comes after what another thread posts meanwhile, and a stream
    /// must be open before what is sent into it.
    template <class Act>
    void run(Act act) {
        net::dispatch(connection_->server_.io,
                      [connection = connection_, number = number_, act = std::move(act)]() mutable {
                          if (connection->number_ == number && connection->handling_) act(*connection);
                      });
    }

    const std::shared_ptr<Connection> connection_;
    const std::uint64_t number_;
};

void Connection::read_head() {
    ++number_;
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(server_.options.head_bytes_max));
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max()); // judged with the head
    route_ = nullptr;
    request_.reset();
    spool_.reset();
    exchange_ = {};
    is_head_ = streaming_ = stream_ends_ = handling_ = false;
    idle_ = true;
    stream_.expires_after(server_.options.head_time);
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](const error_code& failed, std::size_t) { self->head_read(failed); });
}

void Connection::head_read(const error_code& failed) {
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

void Connection::admit() {
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

/// Bodies are held in memory, but for those that a temporary file takes: so many bytes at a time and no more.
void Connection::reserve_body() {
    if (parser_->is_done()) return run_handler();
    auto wanted = parser_->content_length() ? std::uint64_t{*parser_->content_length()} : body_max_;
    if (route_->spools_body) wanted = std::min<std::uint64_t>(wanted, 2 * server_.options.spooled_piece_bytes);
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

void Connection::give_back_body() {
    server_.bodies_bytes -= std::exchange(body_reserved_, 0);
}

void Connection::read_body() {
    stream_.expires_at(std::min(Steady::now() + Steady::duration(server_.options.stall_time), body_until_));
    http::async_read_some(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](const error_code& failed, std::size_t) { self->body_read(failed); });
}

void Connection::body_read(const error_code& failed) {
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
    const bool is_whole = parser_->is_done();
    if (route_->spools_body && (is_whole || parser_->get().body().size() >= server_.options.spooled_piece_bytes)) {
        return spool_piece();
    }
    if (!is_whole) return read_body();
    run_handler();
}

/// What has come of the body goes into its file, on a thread that may wait for the disk.
void Connection::spool_piece() {
    auto piece = std::make_shared<const std::string>(std::as_const(parser_->get().body()));
    parser_->get().body().clear();
    stream_.expires_never();
    if (!spool_) spool_ = std::make_shared<std::optional<NamelessFile>>();
    const bool taken =
        server_.slow.submit([self = shared_from_this(), file = spool_, piece = std::move(piece)]() mutable {
            std::optional<Response> refusal;
            try {
                if (!*file) file->emplace();
                (*file)->add(*piece);
            } catch (...) {
                refusal = problem_of_current_exception();
            }
            auto& io = self->server_.io;
            net::post(io, [self = std::move(self), refusal = std::move(refusal)]() mutable {
                self->piece_spooled(std::move(refusal));
            });
        });
    if (!taken)
        refuse(problem_response(Error(ErrorCode::Unavailable, "The server has too much to do; send it again.")));
}

void Connection::piece_spooled(std::optional<Response> refusal) {
    if (!spool_) return; // it was cut meanwhile
    if (refusal) return refuse(std::move(*refusal));
    if (!parser_->is_done()) return read_body();
    try {
        request_->spooled = std::make_shared<const SpooledFile>(**spool_);
    } catch (...) {
        return refuse(problem_of_current_exception());
    }
    spool_.reset();
    run_handler();
}

void Connection::run_handler() {
    if (!request_->spooled) request_->body = std::move(parser_->get().body());
    exchange_.bytes_in = request_->body_bytes().size();
    handling_ = true;
    stream_.expires_never();
    auto& pool = route_->work == Work::Slow ? server_.slow : server_.quick;
    const bool taken =
        pool.submit([self = shared_from_this(), number = number_, route = route_, request = request_]() mutable {
            Reply reply = self->server_.front.handle(*route, *request);
            request->spooled.reset(); // a large file goes here, and not on the I/O thread
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

void Connection::deliver(std::uint64_t number, Reply reply) {
    if (number != number_ || !handling_) return;
    request_->body = {}; // not needed while it waits
    give_back_body();
    if (auto* response = std::get_if<Response>(&reply)) return answer(std::move(*response));
    watch_client();
    std::get<Later>(reply)(std::make_shared<Asked>(shared_from_this(), number));
}

} // namespace vitrine::server
