#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

#include "core/worker_threads.hpp"

namespace vitrine {

/// What work that was handed over gives, once it has ended. Waits for it before it goes away: the work may use what its
/// caller has.
template <class Value>
class Awaited {
public:
    Awaited() = default;
    explicit Awaited(std::future<Value> future) : future_(std::move(future)) {}
    Awaited(Awaited&&) noexcept = default;
    Awaited& operator=(Awaited&& other) noexcept {
        wait();
        future_ = std::move(other.future_);
        return *this;
    }
    ~Awaited() { wait(); }

    /// Of no work, or of work whose result was taken: false.
    [[nodiscard]] bool valid() const noexcept { return future_.valid(); }

    void wait() const {
        if (valid()) future_.wait();
    }

    /// Once. Throws what the work threw.
    Value get() { return future_.get(); }

private:
    std::future<Value> future_;
};

/// Threads that wait for work to be done beside its caller's. Some schedulers let a thread that is just being started
/// begin on its starter's processor, when that pauses, whatever else is free; one that waits is woken on a free
/// processor at once (docs/performance.md). Safe from any thread.
class StandingThreads {
public:
    /// One stands from the start, and up to `kept` of them stay, at least one. Throws std::system_error when the system
    /// has none left.
    explicit StandingThreads(std::size_t kept);
    ~StandingThreads();
    StandingThreads(const StandingThreads&) = delete;
    StandingThreads& operator=(const StandingThreads&) = delete;

    /// Begins `work` at once, on a thread more where all are busy; where the system has none left, when one is free.
    template <class Work>
    [[nodiscard]] Awaited<std::invoke_result_t<Work>> run(Work work) {
        const auto task = std::make_shared<std::packaged_task<std::invoke_result_t<Work>()>>(std::move(work));
        auto future = task->get_future();
        add([task] { (*task)(); });
        return Awaited(std::move(future)); // from now on it is waited for: what was not added never ends
    }

    /// The same for work that nobody waits for, and that must not throw. It has ended when this is gone.
    void add(std::function<void()> work);

private:
    void start();
    void serve();

    const std::size_t kept_;
    std::mutex mutex_;
    std::condition_variable work_waits_;
    std::deque<std::function<void()>> works_; ///< guarded by mutex_, like all below
    std::size_t starting_ = 1;                ///< threads on their way, which may yet fail to be
    std::size_t waiting_ = 0;                 ///< threads that wait for work
    bool closed_ = false;
    WorkerThreads threads_; ///< last: they use all of the above
};

} // namespace vitrine
