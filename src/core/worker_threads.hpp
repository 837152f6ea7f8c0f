#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace vitrine {

/// Threads that all do the same work until it returns, to which more may be added. Safe from any thread but those.
class WorkerThreads {
public:
    explicit WorkerThreads(std::function<void()> work) : work_(std::move(work)) {}
    ~WorkerThreads() { join(); }
    WorkerThreads(const WorkerThreads&) = delete;
    WorkerThreads& operator=(const WorkerThreads&) = delete;

    /// Starts one more; nothing once joined. Throws std::system_error when the system has none left.
    void start();

    /// Waits for all of them; from then on `start` does nothing.
    void join();

private:
    struct Worker {
        std::thread thread;
        std::atomic<bool> ended = false;
    };

    const std::function<void()> work_;
    std::mutex mutex_;
    bool closed_ = false;       ///< guarded by mutex_
    std::list<Worker> workers_; ///< guarded by mutex_ until closed_
};

} // namespace vitrine
