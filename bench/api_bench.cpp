// A running server under load, over loopback. The server is started by hand, so that it may be any build or shape:
//
//     build/release/vitrine --data /tmp/api-bench --set ml.read_text=false serve --listen 127.0.0.1:8090
//     build/release/bench/api_bench 8090 [rounds=30] [streams=1000] [half_open=500] [photo.jpg]
//
// Prints the median time from the first byte of a 12-megapixel photo's upload to its 202, and the median time of a
// query of a small photo (Prefer: wait), alone and while so many clients follow a job as server-sent events and so many
// others have sent half a request. A photo of yours is uploaded instead of a drawn one, with other bytes behind its end
// each time, which no decoder reads. Alone and beside are measured in turns, so that the machine's other work meets
// both alike. Pages of products per second are for wrk: docs/performance.md.

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "images/codec.hpp"

namespace vitrine {
namespace {

using SteadyClock = std::chrono::steady_clock;

class Connection {
public:
    explicit Connection(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int yes = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            throw std::runtime_error("no server answers on that port");
        }
    }
    Connection(Connection&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    Connection& operator=(Connection&&) = delete;
    ~Connection() {
        if (socket_ >= 0) ::close(socket_);
    }

    void send(std::string_view bytes) const {
        while (!bytes.empty()) {
            const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) throw std::runtime_error("the server closed a connection");
            bytes.remove_prefix(std::size_t(sent));
        }
    }

    /// Reads until `text` was seen; all that came.
    [[nodiscard]] std::string read_until(std::string_view text) const {
        std::string all;
        std::array<char, 16 << 10> buffer{};
        while (all.find(text) == std::string::npos) {
            const auto got = ::recv(socket_, buffer.data(), buffer.size(), 0);
            if (got <= 0) throw std::runtime_error("the server closed a connection: " + all);
            all.append(buffer.data(), std::size_t(got));
        }
        return all;
    }

private:
    int socket_;
};

std::string request(const std::string& method, const std::string& target, const std::string& headers,
                    std::size_t bytes) {
    return fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n{}Content-Length: {}\r\n\r\n", method, target, headers,
                       bytes);
}

/// An answer's head, and the milliseconds until it was there.
struct Answered {
    std::string head;
    double ms = 0.0;
};

Answered exchange(int port, const std::string& head, const std::string& body, const char* expected) {
    const Connection connection(port);
    const auto began = SteadyClock::now();
    connection.send(head);
    connection.send(body);
    const auto answer = connection.read_until("\r\n\r\n");
    const double ms = std::chrono::duration<double, std::milli>(SteadyClock::now() - began).count();
    if (answer.find(expected) == std::string::npos) throw std::runtime_error("an unexpected answer: " + answer);
    return {answer, ms};
}

double exchange_ms(int port, const std::string& head, const std::string& body, const char* expected) {
    return exchange(port, head, body, expected).ms;
}

/// Until the job that the answer names in its Location has ended: its work must not meet the next upload.
void wait_for_job(int port, const Answered& answer) {
    constexpr std::string_view name = "/v1/jobs/";
    const auto at = answer.head.find(name);
    if (at == std::string::npos) throw std::runtime_error("an answer without its job: " + answer.head);
    const auto path = answer.head.substr(at, answer.head.find_first_not_of("0123456789", at + name.size()) - at);
    exchange_ms(port, request("GET", path, "Prefer: wait=60\r\n", 0), "", " 200");
}

/// A photo-like picture: smooth waves with a sensor's noise; no two of the same number are different.
std::string photo(int width, int height, unsigned number) {
    std::mt19937 random(number);
    Picture picture{
        .width = width, .height = height, .rgb = std::vector<std::uint8_t>(std::size_t(width) * height * 3)};
    std::size_t at = 0;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const auto noise = random();
            for (int c = 0; c < 3; ++c) {
                const int wave = ((x * (c + 1) + y * (3 - c)) >> 5) % 160;
                picture.rgb[at++] = static_cast<std::uint8_t>(40 + wave + int((noise >> (8 * c)) & 7));
            }
        }
    }
    return encode_jpeg(picture, 90);
}

double median(std::vector<double> times) {
    std::ranges::sort(times);
    return times[times.size() / 2];
}

std::string bytes_of(const char* path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(fmt::format("{} cannot be read", path));
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Each another photo, as a product's picture and to be searched for, in turns.
void measure_uploads(int port, int rounds, const char* path_of_photo) {
    const std::string own = path_of_photo != nullptr ? bytes_of(path_of_photo) : "";
    exchange_ms(port, request("POST", "/v1/products", "Content-Type: application/json\r\n", 27),
                R"({"id":"bench","name":"Box"})", " 20");
    std::vector<double> indexed, queried;
    std::size_t bytes = 0;
    for (int i = 0; i < rounds; ++i) {
        const auto upload = [&](const char* path) {
            const auto number = std::random_device{}();
            const auto picture = own.empty() ? photo(4000, 3000, number) : own + std::to_string(number);
            bytes = picture.size();
            const auto answer =
                exchange(port, request("POST", path, "Content-Type: image/jpeg\r\n", bytes), picture, " 202");
            wait_for_job(port, answer);
            return answer.ms;
        };
        indexed.push_back(upload("/v1/products/bench/images"));
        queried.push_back(upload("/v1/queries"));
    }
    std::printf("upload of %s (%.1f MB) to 202, medians of %d: %.1f ms to be indexed, %.1f ms to be searched for\n",
                own.empty() ? "12 megapixels" : path_of_photo, double(bytes) / 1e6, rounds, median(indexed),
                median(queried));
}

double query_ms(int port, const std::string& picture) {
    return exchange_ms(port, request("POST", "/v1/queries", "Prefer: wait=60\r\n", picture.size()), picture, " 200");
}

void measure_queries(int port, int rounds, int streams, int half_open) {
    const auto picture = photo(640, 480, 1);
    for (int i = 0; i < 5; ++i) query_ms(port, picture); // caches warm
    std::vector<double> alone;
    std::vector<double> beside;
    for (int turn = 0; turn < 4; ++turn) {
        for (int i = 0; i < rounds / 4 + 1; ++i) alone.push_back(query_ms(port, picture));
        std::vector<Connection> others;
        for (int i = 0; i < streams; ++i) {
            others.emplace_back(port).send("GET /v1/jobs/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
            static_cast<void>(others.back().read_until("retry:"));
        }
        for (int i = 0; i < half_open; ++i) others.emplace_back(port).send("POST /v1/queries HTTP/1.1\r\nHo");
        for (int i = 0; i < rounds / 4 + 1; ++i) beside.push_back(query_ms(port, picture));
    }
    std::printf("query of 640x480 alone: median %.1f ms; beside %d event streams and %d half-open connections: %.1f ms "
                "(%.2f times)\n",
                median(alone), streams, half_open, median(beside), median(beside) / median(alone));
}

int whole(const char* text, int otherwise) {
    int number = otherwise;
    if (text != nullptr) std::from_chars(text, text + std::string_view(text).size(), number);
    return number;
}

} // namespace
} // namespace vitrine

int main(int argc, char** argv) {
    try {
        const auto argument = [&](int place) { return place < argc ? argv[place] : nullptr; };
        const int port = vitrine::whole(argument(1), 8090);
        const int rounds = vitrine::whole(argument(2), 30);
        vitrine::measure_uploads(port, rounds, argument(5));
        vitrine::measure_queries(port, 10 * rounds, vitrine::whole(argument(3), 1000), vitrine::whole(argument(4), 500));
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "api_bench: %s\n", error.what());
        return 1;
    }
}
