#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace vitrine::test {

/// A name server on 127.0.0.1:53 of a network of the test's own, that says of every name what `addresses` gives (IPv4,
/// none for any other kind of record): `asked` counts the questions for addresses. RFC 1035, over UDP.
class NameServer {
public:
    using Addresses = std::function<std::vector<std::string>(int asked)>;

    explicit NameServer(Addresses addresses) : addresses_(std::move(addresses)) {
        socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_in here{};
        here.sin_family = AF_INET;
        here.sin_port = htons(53);
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        listens_ = ::bind(socket_, reinterpret_cast<const sockaddr*>(&here), sizeof here) == 0;
        if (listens_) thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
    }
    ~NameServer() {
        thread_ = {};
        ::close(socket_);
    }
    NameServer(const NameServer&) = delete;
    NameServer& operator=(const NameServer&) = delete;

    [[nodiscard]] bool listens() const noexcept { return listens_; }
    [[nodiscard]] int asked() const noexcept { return asked_; }

private:
    void serve(const std::stop_token& stop) {
        constexpr int tick_ms = 50;
        std::array<char, 512> question{};
        while (!stop.stop_requested()) {
            pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
            if (::poll(&ready, 1, tick_ms) <= 0) continue;
            sockaddr_in client{};
            socklen_t size = sizeof client;
            const auto bytes =
                ::recvfrom(socket_, question.data(), question.size(), 0, reinterpret_cast<sockaddr*>(&client), &size);
            if (bytes < 12) continue;
            const auto said = answer({question.data(), static_cast<std::size_t>(bytes)});
            static_cast<void>(
                ::sendto(socket_, said.data(), said.size(), 0, reinterpret_cast<sockaddr*>(&client), size));
        }
    }

    /// The question, answered: its header, its name, and a record for each address.
    std::string answer(std::string question) {
        constexpr std::size_t header = 12;
        std::size_t end = header;
        while (end < question.size() && question[end] != 0) end += static_cast<unsigned char>(question[end]) + 1U;
        end += 5; // the name's end, type and class
        if (end > question.size()) return {};
        question.resize(end);
        const bool is_ipv4 = question[end - 3] == 1;
        const auto addresses = is_ipv4 ? addresses_(++asked_) : std::vector<std::string>();
        question[2] = '\x81', question[3] = '\x80'; // an answer, without an error
        question[7] = static_cast<char>(addresses.size());
        question[9] = question[11] = 0; // nothing of authorities and no additional records
        for (const auto& address : addresses) {
            in_addr ip{};
            ::inet_pton(AF_INET, address.c_str(), &ip);
            question.append("\xc0\x0c\0\1\0\1\0\0\0\0\0\4", 12); // the name above, IPv4, to be kept for no time
            question.append(reinterpret_cast<const char*>(&ip), sizeof ip);
        }
        return question;
    }

    const Addresses addresses_;
    int socket_ = -1;
    bool listens_ = false;
    std::atomic<int> asked_ = 0;
    std::jthread thread_;
};

} // namespace vitrine::test
