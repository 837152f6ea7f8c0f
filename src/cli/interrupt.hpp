#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

namespace vitrine::cli {

/// Turns Ctrl-C and SIGTERM into a stop request for as long as it lives; a second one ends the process at once, which
/// the stores survive. Make it before the threads that should not be interrupted: they inherit the blocked signals.
///
/// It reads the signals as file events (signalfd) in a thread of its own, so no code runs in a signal handler.
class Interrupt {
public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }

private:
    void watch();

    std::stop_source stop_;
    sigset_t before_{};
    int signals_ = -1;
    int wake_ = -1;
    std::jthread watcher_;
};

} // namespace vitrine::cli
