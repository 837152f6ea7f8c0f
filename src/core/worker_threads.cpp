#include "core/worker_threads.hpp"

namespace vitrine {

void WorkerThreads::start() {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    workers_.remove_if([](Worker& worker) {
        const bool ended = worker.ended;
        if (ended) worker.thread.join();
        return ended;
    });
    auto& worker = workers_.emplace_back();
    try {
        worker.thread = std::thread([this, &worker] {
            work_();
            worker.ended = true;
        });
    } catch (...) {
        workers_.pop_back();
        throw;
    }
}

void WorkerThreads::join() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    for (auto& worker : workers_) worker.thread.join();
    workers_.clear();
}

} // namespace vitrine
