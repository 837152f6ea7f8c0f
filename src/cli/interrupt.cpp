#include "cli/interrupt.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <vitrine/error.hpp>

namespace vitrine::cli {
namespace {

constexpr int ended_by_signal = 130; // 128 + SIGINT, as shells have it

int opened(int file) {
    if (file < 0) {
        throw Error(ErrorCode::Unavailable,
                    "Signals cannot be watched: " + std::generic_category().message(errno) + ".");
    }
    return file;
}

sigset_t stop_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    return signals;
}

} // namespace

Interrupt::Interrupt() {
    const auto signals = stop_signals();
    signals_ = opened(::signalfd(-1, &signals, SFD_CLOEXEC));
    wake_ = opened(::eventfd(0, EFD_CLOEXEC));
    ::pthread_sigmask(SIG_BLOCK, &signals, &before_);
    watcher_ = std::jthread([this] { watch(); });
}

Interrupt::~Interrupt() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one); // an empty eventfd always takes 1
    watcher_.join();
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    ::close(signals_);
    ::close(wake_);
}

void Interrupt::watch() {
    std::array<pollfd, 2> files{{{signals_, POLLIN, 0}, {wake_, POLLIN, 0}}};
    while (true) {
        if (::poll(files.data(), files.size(), -1) < 0) continue; // interrupted by a signal that is not ours
        if (files[1].revents != 0) return;
        signalfd_siginfo info{};
        if (::read(signals_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) continue;
        if (stop_.stop_requested()) ::_exit(ended_by_signal);
        stop_.request_stop();
    }
}

} // namespace vitrine::cli
