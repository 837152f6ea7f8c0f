// The whole program with the http engine and a model server that answers at once or after a while, beside a bare loop
// that only decodes, cuts, encodes and calls the same server. Same photos, same run; the server is a process of its
// own.
//
//     build/release/bench/model_server_bench [photos=300] [delay_ms=0] [at_once=16] [local_features=0]
//
// Prints crops per second of both and their ratio; with a delay also the arithmetic ceiling, at_once / delay.

#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <thread>

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vitrine/engine.hpp>

#include "http/http_client.hpp"
#include "images/codec.hpp"
#include "ml/crop_view.hpp"

namespace vitrine {
namespace {

using Seconds = std::chrono::duration<double>;
using SteadyClock = std::chrono::steady_clock;

constexpr int dimensions = 512;
const std::vector<Box> four_crops{{0, 0, 320, 240}, {320, 0, 320, 240}, {0, 240, 320, 240}, {320, 240, 320, 240}};

// The stub: a thread for each connection, canned answers.

std::string answer_of(const std::string& body) {
    return fmt::format("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", body.size(),
                       body);
}

std::string crop_answer() {
    std::string crops;
    for (const Box& box : four_crops) {
        crops += fmt::format(R"({}{{"box":[{},{},{},{}],"score":0.9}})", crops.empty() ? "" : ",", box.x, box.y, box.w,
                             box.h);
    }
    return answer_of(fmt::format(R"({{"model":"stub-crop 1","crops":[{}]}})", crops));
}

std::string label_answer() {
    std::string values;
    for (int i = 0; i < dimensions; ++i) values += fmt::format("{}{:.6f}", i == 0 ? "" : ",", 0.001 * (i + 1));
    return answer_of(fmt::format(R"({{"model":"stub-label 1","label":{{"category":"thing","colors":["red"]}},)"
                                 R"("storage_vector":[{}]}})",
                                 values));
}

void serve(int connection, int delay_ms) {
    static const std::string crop = crop_answer();
    static const std::string label = label_answer();
    static const std::string match = answer_of(R"({"scores":[0.5,0.5,0.5,0.5]})");
    std::string seen;
    char piece[65536];
    while (true) {
        const auto head = seen.find("\r\n\r\n");
        std::size_t whole = std::string::npos;
        if (head != std::string::npos) {
            const auto length = seen.find("Content-Length: ");
            whole = head + 4 + (length < head ? std::strtoul(seen.c_str() + length + 16, nullptr, 10) : 0);
        }
        if (whole == std::string::npos || seen.size() < whole) {
            const auto got = ::read(connection, piece, sizeof piece);
            if (got <= 0) break;
            seen.append(piece, static_cast<std::size_t>(got));
            continue;
        }
        const bool is_match = seen.starts_with("POST /v1/match");
        const auto& answer = seen.starts_with("POST /v1/crop") ? crop : is_match ? match : label;
        seen.erase(0, whole);
        if (delay_ms > 0 && !is_match) std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms));
        if (::write(connection, answer.data(), answer.size()) < 0) break;
    }
    ::close(connection);
}

/// The stub in a process of its own, which dies with this object.
class Stub {
public:
    explicit Stub(int delay_ms) {
        const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener, 256) != 0)
            std::exit(1);
        ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        process_ = ::fork();
        if (process_ == 0) accept_all(listener, delay_ms);
        ::close(listener);
    }
    ~Stub() {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
    }
    Stub(const Stub&) = delete;
    Stub& operator=(const Stub&) = delete;

    [[nodiscard]] std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }

private:
    [[noreturn]] static void accept_all(int listener, int delay_ms) {
        while (true) {
            const int connection = ::accept(listener, nullptr, nullptr);
            if (connection < 0) continue;
            const int on = 1;
            ::setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            std::thread(serve, connection, delay_ms).detach(); // the process ends by a signal
        }
    }

    pid_t process_ = -1;
    int port_ = 0;
};

/// A photo-like picture of 640x480: smooth waves with a sensor's noise (pipeline_bench).
std::string photo(int number) {
    std::mt19937 random(static_cast<unsigned>(number));
    std::uniform_int_distribution<int> noise(-4, 4);
    Picture picture{.width = 640, .height = 480, .rgb = {}};
    picture.rgb.reserve(640 * 480 * 3);
    for (int y = 0; y < 480; ++y) {
        for (int x = 0; x < 640; ++x) {
            const int grain = noise(random);
            for (int c = 0; c < 3; ++c) {
                const double wave = std::sin(0.03 * (x * (c + 1) + y * 2 + number * 37));
                picture.rgb.push_back(static_cast<std::uint8_t>(128 + static_cast<int>(60 * wave) + grain));
            }
        }
    }
    return encode_jpeg(picture, 85);
}

/// Runs `work(i)` for every i in [0, count) on `threads` threads; the seconds it took.
template <class Work>
double in_parallel(int count, int threads, Work work) {
    std::atomic<int> next{0};
    const auto start = SteadyClock::now();
    {
        std::vector<std::jthread> pool;
        for (int t = 0; t < threads; ++t) {
            pool.emplace_back([&] {
                for (int i = next++; i < count; i = next++) work(i);
            });
        }
    }
    return Seconds(SteadyClock::now() - start).count();
}

void call(HttpClient& http, const std::string& url, const std::string& jpeg) {
    HttpRequest request;
    request.method = HttpMethod::Post;
    request.url = url;
    request.headers = {{"content-type", "image/jpeg"}};
    request.body = std::string_view(jpeg);
    if (!http.send(request).ok()) std::exit(1);
}

/// Of this process, the stub not among it.
double processor_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) { return double(time.tv_sec) + double(time.tv_usec) / 1e6; };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double bare_loop(const std::string& url, const std::vector<std::string>& photos, int threads) {
    HttpClient http(64);
    return in_parallel(static_cast<int>(photos.size()), threads, [&](int i) {
        const DecodedPicture decoded = decode(photos[static_cast<std::size_t>(i)], {});
        call(http, url + "/v1/crop", encode_jpeg(decoded.picture, model_jpeg_quality));
        for (const Box& box : four_crops)
            call(http, url + "/v1/label", encode_jpeg(cut(decoded.picture, box), model_jpeg_quality));
    });
}

double whole_program(Engine& engine, const std::vector<std::string>& photos) {
    const int in_flight = 64;
    return in_parallel(static_cast<int>(photos.size()), in_flight, [&](int i) {
        const auto added = engine.add_product({.external_id = fmt::format("P{}", i),
                                               .name = fmt::format("Product {}", i),
                                               .description = "",
                                               .category = ""},
                                              photos[static_cast<std::size_t>(i)], {.is_awaited = true});
        const auto state = engine.wait(added.job.value(), SteadyClock::now() + std::chrono::seconds(300));
        if (state != JobState::Succeeded) {
            std::fprintf(stderr, "model_server_bench: a job did not succeed\n");
            std::exit(1);
        }
    });
}

int run(int count, int delay_ms, int at_once, bool local_features) {
    const Stub stub(delay_ms);
    std::string name = (std::filesystem::temp_directory_path() / "vitrine-bench-XXXXXX").string();
    const std::filesystem::path folder = ::mkdtemp(name.data());
    std::vector<std::string> photos;
    for (int i = 0; i < count; ++i) photos.push_back(photo(i));
    Config config;
    config.data = folder;
    config.ml.engine = "http";
    config.ml.url = stub.url();
    config.ml.at_once = at_once;
    config.ml.local_features = local_features;
    const double crops = 4.0 * count;
    {
        Engine engine(config);
        fmt::print("{} photos of 640x480 with 4 crops each, {} calls at once, {} ms a call, local features {}, "
                   "durability full\n",
                   count, at_once, delay_ms, local_features ? "kept" : "not kept");
        double whole = 0;
        if (delay_ms == 0) {
            const double began = processor_seconds();
            const double bare = bare_loop(stub.url(), photos, at_once);
            const double between = processor_seconds();
            whole = whole_program(engine, photos);
            const double ended = processor_seconds();
            fmt::print("bare loop (decode, cut, encode, call)  {:8.0f} crops/s\n", crops / bare);
            fmt::print("the program                            {:8.0f} crops/s\n", crops / whole);
            fmt::print("ratio                                  {:8.2f}\n", bare / whole);
            fmt::print("processor time a crop                  {:8.2f} ms bare, {:.2f} ms the program\n",
                       (between - began) * 1e3 / crops, (ended - between) * 1e3 / crops);
        } else {
            const double ceiling = at_once * 1000.0 / delay_ms;
            whole = whole_program(engine, photos);
            fmt::print("arithmetic ceiling                     {:8.0f} crops/s\n", ceiling);
            fmt::print("the program                            {:8.0f} crops/s\n", crops / whole);
            fmt::print("ratio                                  {:8.3f}\n", crops / whole / ceiling);
        }
        for (const auto& of : engine.model_calls()) {
            fmt::print("{:6} {:6} calls of {:.2f} ms, {:.3f} of the calls' places taken, {} held back, {} failed\n",
                       of.question, of.counts.succeeded,
                       of.counts.seconds_total * 1e3 / static_cast<double>(of.counts.succeeded),
                       of.counts.seconds_total / (at_once * whole), of.counts.held_back,
                       of.counts.failed_for_now + of.counts.failed_for_good + of.counts.throttled);
        }
    }
    std::filesystem::remove_all(folder);
    return 0;
}

} // namespace
} // namespace vitrine

int main(int argc, char** argv) {
    const auto argument = [&](int i, int otherwise) { return argc > i ? std::atoi(argv[i]) : otherwise; };
    return vitrine::run(argument(1, 300), argument(2, 0), argument(3, 16), argument(4, 0) != 0);
}
