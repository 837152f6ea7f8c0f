#include "storage/postgres_watch.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace vitrine {
namespace {

/// How long ago the last byte came; nothing where the system does not tell (a local socket).
std::optional<std::int64_t> ms_since_last_byte(int socket) noexcept {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
    return info.tcpi_last_data_recv;
}

} // namespace

PostgresWatch::PostgresWatch(Milliseconds silence_max)
    : silence_max_(silence_max), thread_([this](const std::stop_token& stop) { run(stop); }) {}

PostgresWatch::~PostgresWatch() = default;

void PostgresWatch::run(const std::stop_token& stop) {
    const auto pause = std::max(Milliseconds{1}, silence_max_ / 4);
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        stops_.wait_for(lock, stop, pause, [] { return false; });
        for (auto* connection : connections_) connection->end_if_silent();
    }
}

PostgresWatch::Connection::Connection(PostgresWatch& watch, int socket)
    : watch_(watch), socket_(socket), silence_max_(watch.silence_max_.count()) {
    const std::lock_guard lock(watch_.mutex_);
    at_ = watch_.connections_.insert(watch_.connections_.end(), this);
}

PostgresWatch::Connection::~Connection() {
    const std::lock_guard lock(watch_.mutex_);
    watch_.connections_.erase(at_);
}

std::int64_t PostgresWatch::Connection::now_ms() noexcept {
    return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void PostgresWatch::Connection::end_if_silent() noexcept {
    const std::int64_t asked_at = asked_at_;
    if (asked_at == 0 || now_ms() - asked_at < silence_max_) return;
    if (const auto quiet = ms_since_last_byte(socket_); quiet && *quiet < silence_max_) return;
    was_ended_ = true;
    ::shutdown(socket_, SHUT_RDWR);
}

} // namespace vitrine
