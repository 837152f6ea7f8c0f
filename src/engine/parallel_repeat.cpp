#include "engine/parallel_repeat.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/vision_parts.hpp"

namespace vitrine {

void repeat_in_parallel(int threads, const std::function<bool()>& step) {
    std::atomic<bool> failed = false;
    std::mutex mutex;
    std::exception_ptr first_error; // guarded by mutex until the threads are joined
    const auto run = [&] {
        try {
            while (!failed && step()) {
            }
        } catch (...) {
            failed = true;
            const std::scoped_lock lock(mutex);
            if (!first_error) first_error = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> running;
        for (int i = 0; i < std::max(1, threads); ++i) running.emplace_back(run);
    }
    if (first_error) std::rethrow_exception(first_error);
}

int worker_threads(const Config& config) {
    if (config.jobs.workers > 0) return config.jobs.workers;
    constexpr int threads_max = 256;
    const int processors = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    return std::min(threads_max, processors + calls_that_wait(config));
}

} // namespace vitrine
