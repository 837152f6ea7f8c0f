#include "cli/patient_start.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <ostream>
#include <random>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/retry_policy.hpp"

namespace vitrine::cli {
namespace {

/// False when `stop` was asked for.
bool sleep(Milliseconds time, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any asked;
    std::unique_lock lock(mutex);
    asked.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
}

} // namespace

std::unique_ptr<Engine> start_patiently(const Config& config, const std::stop_token& stop, std::ostream& err) {
    const bool shared = config.database.url.starts_with("postgresql://");
    constexpr RetryPolicy pauses{.initial = Milliseconds{1'000}, .max = Milliseconds{30'000}};
    std::mt19937_64 random{std::random_device{}()};
    for (int attempt = 1; !stop.stop_requested(); ++attempt) {
        try {
            auto engine = std::make_unique<Engine>(config);
            if (attempt > 1) err << "vitrine: The database is there now.\n";
            return engine;
        } catch (const Error& error) {
            if (!shared || !error.retryable()) throw;
            err << fmt::format("vitrine: {} It is tried again until it works.\n", error.what()) << std::flush;
        }
        if (!sleep(pauses.backoff(attempt, std::nullopt, random), stop)) break;
    }
    return nullptr;
}

} // namespace vitrine::cli
