#include "raw_client.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace vitrine::test {
namespace {

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    return text;
}

} // namespace

RawConnection::RawConnection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{.tv_sec = 60, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(socket_);
        throw std::runtime_error("no connection");
    }
}

RawConnection::~RawConnection() {
    ::close(socket_);
}

bool RawConnection::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(std::size_t(sent));
    }
    return true;
}

bool RawConnection::read_more() {
    std::array<char, 16 << 10> buffer{};
    const auto got = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) throw std::runtime_error("nothing came for 60 s");
    if (got <= 0) return false;
    read_.append(buffer.data(), std::size_t(got));
    return true;
}

std::string RawConnection::read_until(std::string_view text) {
    std::size_t at = std::string::npos;
    while ((at = read_.find(text)) == std::string::npos) {
        if (!read_more()) return {};
    }
    auto taken = read_.substr(0, at + text.size());
    read_.erase(0, at + text.size());
    return taken;
}

std::string RawConnection::read_rest() {
    while (read_more()) {
    }
    return std::exchange(read_, {});
}

RawAnswer RawConnection::read_answer(bool is_head) {
    RawAnswer answer;
    const auto head = read_until("\r\n\r\n");
    if (head.size() < 12 || !head.starts_with("HTTP/1.")) return answer;
    std::from_chars(head.data() + 9, head.data() + 12, answer.status);
    for (std::size_t at = head.find("\r\n") + 2; at + 2 < head.size();) {
        const auto end = head.find("\r\n", at);
        const auto colon = head.find(": ", at);
        if (colon < end) answer.headers[lower(head.substr(at, colon - at))] = head.substr(colon + 2, end - colon - 2);
        at = end + 2;
    }
    if (is_head || answer.status == 204 || answer.status == 304) return answer;
    if (answer.headers.contains("transfer-encoding")) {
        while (true) {
            const auto line = read_until("\r\n");
            std::size_t bytes = 0;
            std::from_chars(line.data(), line.data() + line.size(), bytes, 16);
            while (read_.size() < bytes + 2 && read_more()) {
            }
            answer.body += read_.substr(0, bytes);
            read_.erase(0, bytes + 2);
            if (bytes == 0) return answer;
        }
    }
    std::size_t bytes = 0;
    const auto& length = answer.headers["content-length"];
    std::from_chars(length.data(), length.data() + length.size(), bytes);
    while (read_.size() < bytes && read_more()) {
    }
    answer.body = read_.substr(0, bytes);
    read_.erase(0, bytes);
    return answer;
}

RawAnswer ask(std::uint16_t port, const std::string& method, const std::string& target, const std::string& body,
              const RawHeaders& headers) {
    RawConnection connection(port);
    auto head = fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n", method, target, port);
    for (const auto& [name, value] : headers) head += fmt::format("{}: {}\r\n", name, value);
    if (!body.empty()) head += fmt::format("Content-Length: {}\r\n", body.size());
    connection.send(head + "\r\n"); // an answer may come before all of it is sent
    connection.send(body);
    return connection.read_answer(method == "HEAD");
}

} // namespace vitrine::test
