#include "engine/followed_job.hpp"

#include <chrono>

#include <fmt/format.h>

namespace vitrine {

std::optional<JobState> follow(Shop& shop, JobId job, const std::stop_token& stop) {
    // The shop wakes at the job's end; the slice is only how soon a stop is noticed meanwhile.
    constexpr auto slice = std::chrono::milliseconds(200);
    while (!stop.stop_requested()) {
        if (const auto state = shop.wait(job, std::chrono::steady_clock::now() + slice)) return state;
    }
    return std::nullopt;
}

std::string why_not_succeeded(Shop& shop, JobId job) {
    const auto detail = shop.job(job);
    if (!detail) return fmt::format("Job {} was removed before it ended.", job.value);
    if (!detail->job.errors.empty()) return detail->job.errors.back();
    return fmt::format("Job {} ended {}.", job.value, to_string(detail->job.state));
}

} // namespace vitrine
