#pragma once

#include <functional>

#include <vitrine/config.hpp>

namespace vitrine {

/// Calls `step` over and over from `threads` threads at once until it has returned false in each of them. It serves
/// work that mostly waits for a job's end: the number of threads is the number of jobs in flight. The first exception
/// stops them all after their present step and is rethrown when every thread has ended.
void repeat_in_parallel(int threads, const std::function<bool()>& step);

/// How many worker threads an Engine of this configuration runs.
int worker_threads(const Config& config);

} // namespace vitrine
