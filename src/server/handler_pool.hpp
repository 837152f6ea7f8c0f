#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace vitrine::server {

/// A fixed number of threads that run what they are given, first come first served; what waits is bounded. The
/// destructor runs what waits to its end. Work must not throw. Safe from any thread.
class HandlerPool {
public:
    HandlerPool(int threads, std::size_t waiting_max);
    ~HandlerPool();
    HandlerPool(const HandlerPool&) = delete;
    HandlerPool& operator=(const HandlerPool&) = delete;

    /// False, and nothing happens, when too much waits already.
    [[nodiscard]] bool submit(std::function<void()> work);

    /// Takes nothing more, runs what waits, and joins the threads.
    void stop();

    /// How much waits now.
    [[nodiscard]] std::size_t waiting();

private:
    void run();

    const std::size_t waiting_max_;
    std::mutex mutex_; ///< guards the next two
    std::deque<std::function<void()>> waiting_;
    bool stopping_ = false;
    std::condition_variable woken_;
    std::vector<std::jthread> threads_;
};

} // namespace vitrine::server
