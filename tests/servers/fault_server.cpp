#include "fault_server.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <sys/socket.h>

namespace vitrine::test {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

std::string lower_case(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

SeenRequest seen(const http::request<http::string_body>& request, int connection) {
    SeenRequest result{
        std::string(request.method_string()), std::string(request.target()), {}, request.body(), connection};
    for (const auto& field : request)
        result.headers[lower_case(std::string(field.name_string()))] = std::string(field.value());
    return result;
}

std::string head_of(const ScriptedAnswer& answer) {
    auto head = "HTTP/1.1 " + std::to_string(answer.status) + " Scripted\r\n";
    for (const auto& [name, value] : answer.headers) head += name + ": " + value + "\r\n";
    if (answer.chunked)
        head += "Transfer-Encoding: chunked\r\n";
    else
        head += "Content-Length: " + std::to_string(answer.announced_bytes.value_or(answer.body.size())) + "\r\n";
    if (answer.close) head += "Connection: close\r\n";
    return head + "\r\n";
}

std::string chunk_of(const std::string& bytes) {
    char size[32];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return size + bytes + "\r\n";
}

void write(tcp::socket& socket, const std::string& bytes) {
    asio::write(socket, asio::buffer(bytes));
}

/// Whether the connection may be used again.
bool send(tcp::socket& socket, const ScriptedAnswer& answer, bool with_body) {
    if (answer.raw) {
        write(socket, *answer.raw);
        return false;
    }
    write(socket, head_of(answer));
    if (!with_body) return !answer.close;
    const auto sent = answer.body.substr(0, answer.cut_after.value_or(std::string::npos));
    const auto piece = answer.drip_bytes == 0 ? std::max<std::size_t>(sent.size(), 1) : answer.drip_bytes;
    for (std::size_t at = 0; at < sent.size(); at += piece) {
        if (at > 0) std::this_thread::sleep_for(answer.drip_pause);
        const auto bytes = sent.substr(at, piece);
        write(socket, answer.chunked ? chunk_of(bytes) : bytes);
    }
    if (answer.cut_after) return false;
    if (answer.chunked) write(socket, "0\r\n\r\n");
    return !answer.close && !answer.close_silently;
}

/// Until the other side closes, or this one is shut down.
void hang(tcp::socket& socket) {
    char byte = 0;
    error_code ended;
    while (socket.read_some(asio::buffer(&byte, 1), ended) > 0) {
    }
}

} // namespace

class FaultServer::Impl {
public:
    explicit Impl(Script script)
        : script_(std::move(script)), acceptor_(context_, {asio::ip::address_v4::loopback(), 0}),
          port_(acceptor_.local_endpoint().port()), accepting_([this] { accept(); }) {}

    // accept() and reads are blocking calls: a shut-down socket ends them.
    ~Impl() {
        stopping_ = true;
        ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
        accepting_.join();
        const std::lock_guard lock(mutex_);
        for (auto& connection : connections_) ::shutdown(connection.socket.native_handle(), SHUT_RDWR);
    }

    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    [[nodiscard]] int connections() const {
        const std::lock_guard lock(mutex_);
        return accepted_;
    }

    [[nodiscard]] std::vector<SeenRequest> requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

    void wait_for_requests(std::size_t count) const {
        std::unique_lock lock(mutex_);
        came_.wait(lock, [&] { return requests_.size() >= count; });
    }

private:
    struct Connection {
        tcp::socket socket;
        int number = 0;
        std::jthread thread; ///< last, so that it ends before its socket
    };

    void accept() {
        while (!stopping_) {
            tcp::socket socket(context_);
            error_code why;
            acceptor_.accept(socket, why);
            if (why || stopping_) continue;
            socket.set_option(tcp::no_delay(true)); // head and body go in two writes
            const std::lock_guard lock(mutex_);
            auto& connection = connections_.emplace_back(std::move(socket), ++accepted_);
            connection.thread = std::jthread([this, &connection] { serve(connection); });
        }
    }

    void serve(Connection& connection) {
        try {
            boost::beast::flat_buffer buffer;
            while (answer_one(connection, buffer)) {
            }
        } catch (const std::exception&) {
            // The client went away, or the server is ending: this connection is over either way.
        }
        connection.socket.shutdown(tcp::socket::shutdown_both, ignored_);
    }

    bool answer_one(Connection& connection, boost::beast::flat_buffer& buffer) {
        http::request_parser<http::string_body> parser;
        parser.body_limit(1ULL << 30);
        error_code unread;
        http::read(connection.socket, buffer, parser, unread);
        if (unread && unread != http::error::end_of_stream) // also TLS, which a client spoke by mistake
            write(connection.socket, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        if (unread) return false;
        const auto request = seen(parser.get(), connection.number);
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(request);
        }
        came_.notify_all();
        const auto answer = script_(request);
        if (answer.hang) hang(connection.socket);
        return !answer.hang && send(connection.socket, answer, request.method != "HEAD");
    }

    const Script script_;
    asio::io_context context_;
    tcp::acceptor acceptor_;
    const std::uint16_t port_;
    std::atomic<bool> stopping_{false};
    inline static thread_local error_code ignored_; ///< a connection that is gone already is shut down well enough

    mutable std::mutex mutex_;
    mutable std::condition_variable came_;
    std::vector<SeenRequest> requests_; ///< guarded by `mutex_`
    int accepted_ = 0;                  ///< guarded by `mutex_`
    std::list<Connection> connections_; ///< guarded by `mutex_`

    std::jthread accepting_; ///< last: uses all of the above
};

FaultServer::FaultServer(Script script) : impl_(std::make_unique<Impl>(std::move(script))) {}

FaultServer::~FaultServer() = default;

std::uint16_t FaultServer::port() const noexcept {
    return impl_->port();
}

std::string FaultServer::url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port()) + path;
}

int FaultServer::connections() const {
    return impl_->connections();
}

std::vector<SeenRequest> FaultServer::requests() const {
    return impl_->requests();
}

void FaultServer::wait_for_requests(std::size_t count) const {
    impl_->wait_for_requests(count);
}

} // namespace vitrine::test
