#include "chroma_server.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vitrine::test {
namespace {

namespace fs = std::filesystem;

constexpr auto program = VITRINE_TEST_SERVERS "/chroma/node_modules/.bin/chroma";

sockaddr_in here(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

/// A port that nobody listened on a moment ago.
std::uint16_t free_port() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = here(0);
    socklen_t length = sizeof address;
    const bool bound = ::bind(listener, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                       ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) == 0;
    ::close(listener);
    if (!bound) throw std::runtime_error("no free port");
    return ntohs(address.sin_port);
}

bool listens(std::uint16_t port) {
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = here(port);
    const bool connected = ::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(client);
    return connected;
}

bool has_ended(pid_t process) {
    return ::waitpid(process, nullptr, WNOHANG) != 0;
}

} // namespace

ChromaServer::ChromaServer() {
    if (!fs::exists(program)) {
        throw std::runtime_error("there is no ChromaDB server for the tests; run scripts/install-dependencies");
    }
    auto name = (fs::temp_directory_path() / "vitrine-chroma-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
    for (int attempts = 0; attempts < 5; ++attempts) { // another test may take the port first
        port_ = free_port();
        if (try_to_start()) return;
    }
    throw std::runtime_error("ChromaDB does not start: " + said());
}

ChromaServer::~ChromaServer() {
    stop();
    std::error_code kept; // a temporary folder
    fs::remove_all(folder_, kept);
}

std::string ChromaServer::url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
}

void ChromaServer::stop() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
}

void ChromaServer::start() {
    if (!try_to_start()) throw std::runtime_error("ChromaDB does not start again: " + said());
}

void ChromaServer::lose_everything() {
    fs::remove_all(folder_ / "data");
}

bool ChromaServer::try_to_start() {
    const auto data = (folder_ / "data").string();
    const auto log = (folder_ / "log").string();
    const auto port = std::to_string(port_);
    process_ = ::fork();
    if (process_ == 0) {
        ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); // a proxy that a child also held would never be cut
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);         // must not outlive the test, however that ends
        const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ::dup2(output, STDOUT_FILENO);
        ::dup2(output, STDERR_FILENO);
        ::execl(program, program, "run", "--path", data.c_str(), "--host", "127.0.0.1", "--port", port.c_str(),
                nullptr);
        ::_exit(127);
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < deadline) {
        if (has_ended(process_)) {
            process_ = -1;
            return false;
        }
        if (listens(port_)) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(20)); // a foreign program tells in no other way
    }
    stop();
    return false;
}

std::string ChromaServer::said() const {
    std::ifstream log(folder_ / "log");
    return {std::istreambuf_iterator<char>(log), {}};
}

} // namespace vitrine::test
