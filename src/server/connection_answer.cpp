#include "server/connection.hpp"

#include <array>
#include <string_view>

#include <boost/asio/write.hpp>
#include <fmt/format.h>

// How an answer goes out, whole or as a stream, and how a connection ends; how requests come in is in connection.cpp.

namespace vitrine::server {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::uint64_t unsent_bytes_max = 1 << 20; ///< of a stream whose client does not read
constexpr auto linger_time = std::chrono::seconds(2);

std::string head_of(const Response& response, const std::string& date, bool keep_alive) {
    const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(response.status)));
    std::string head =
        fmt::format("HTTP/1.1 {} {}\r\n{}", response.status, std::string_view(reason.data(), reason.size()), date);
    for (const auto& [name, value] : response.headers) head.append(name).append(": ").append(value).append("\r\n");
    if (!keep_alive) head += "Connection: close\r\n";
    return head;
}

} // namespace

/// An answer to a request whose body was not read: nothing can follow on this connection.
void Connection::refuse(Response response) {
    if (!parser_->is_done()) keep_alive_ = false;
    answer(std::move(response));
}

void Connection::answer(Response response) {
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

void Connection::wrote(const error_code& failed) {
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

void Connection::note_job() {
    constexpr std::string_view jobs = "/v1/jobs/";
    for (const auto& [name, value] : response_.headers) {
        if (name == "Location" && value.starts_with(jobs)) exchange_.job = value.substr(jobs.size());
    }
}

void Connection::report_ended() {
    exchange_.took = std::chrono::duration_cast<Milliseconds>(Steady::now() - began_);
    if (server_.options.ended) server_.options.ended(exchange_);
}

/// While a client waits long, it may leave: the socket then becomes readable, with nothing to read.
void Connection::watch_client() {
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

void Connection::open_stream(Response head) {
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

void Connection::send(std::string piece) {
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

void Connection::end_stream() {
    if (!streaming_ || stream_ends_) return;
    stream_ends_ = true;
    if (!is_http10_) unsent_ += "0\r\n\r\n";
    flush();
}

void Connection::flush() {
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

void Connection::gone(Ending ending) {
    const auto ended = std::exchange(ended_, nullptr);
    if (ended) ended(ending);
    if (ending == Ending::ClientGone || streaming_) {
        due_ = nullptr;
        timer_.cancel();
    }
    if (ending == Ending::ClientGone) handling_ = false;
}

void Connection::forget_waiting() {
    ended_ = nullptr;
    due_ = nullptr;
    timer_.cancel();
}

void Connection::cut() {
    // Held: what waits for it may be all that holds it.
    if (const auto self = weak_from_this().lock()) end_connection();
}

void Connection::wind_up() {
    const auto self = weak_from_this().lock();
    if (!self) return;
    if (idle_) return end_connection();
    keep_alive_ = false;
    gone(Ending::Stopping);
    if (streaming_) end_stream();
}

void Connection::end_connection() {
    // A large file of an upload that broke off goes on a thread that may wait for the disk.
    if (spool_) static_cast<void>(server_.slow.submit([file = std::exchange(spool_, nullptr)] {}));
    forget_waiting();
    handling_ = false;
    give_back_body();
    error_code ignored; // the client may be gone already
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.close();
}

/// Says that nothing more comes and reads on for a moment: to close over unread bytes would take the answer away from
/// the client (RFC 9112 section 9.6).
void Connection::drain() {
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

} // namespace vitrine::server
