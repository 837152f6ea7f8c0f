#include "core/standing_threads.hpp"

#include <algorithm>
#include <exception>
#include <thread>

namespace vitrine {

StandingThreads::StandingThreads(std::size_t kept)
    : kept_(std::max(kept, std::size_t{1})), threads_([this] { serve(); }) {
    threads_.start();
}

StandingThreads::~StandingThreads() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    work_waits_.notify_all();
    threads_.join();
}

void StandingThreads::add(std::function<void()> work) {
    bool lacks_thread = false;
    {
        const std::lock_guard lock(mutex_);
        works_.push_back(std::move(work));
        lacks_thread = works_.size() > waiting_ + starting_;
        if (lacks_thread) ++starting_;
    }
    lacks_thread ? start() : work_waits_.notify_one();
    // Where it was woken on this processor although another is free, it would otherwise begin when this thread pauses.
    std::this_thread::yield();
}

void StandingThreads::start() {
    try {
        threads_.start();
    } catch (const std::exception&) { // no thread, or no memory for one
        const std::lock_guard lock(mutex_);
        --starting_; // its work waits for another
    }
}

void StandingThreads::serve() {
    std::unique_lock lock(mutex_);
    --starting_;
    while (true) {
        ++waiting_;
        work_waits_.wait(lock, [this] { return closed_ || !works_.empty(); });
        if (works_.empty()) return;
        auto work = std::move(works_.front());
        works_.pop_front();
        --waiting_;
        lock.unlock();
        work();
        work = nullptr; // what it held is its caller's, who may hear of its end now
        lock.lock();
        if (works_.empty() && waiting_ >= kept_) return;
    }
}

} // namespace vitrine
