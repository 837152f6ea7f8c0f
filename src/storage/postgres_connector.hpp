#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>

#include <vitrine/error.hpp>
#include <vitrine/time.hpp>

#include "core/retry_policy.hpp"
#include "storage/postgres_session.hpp"

namespace vitrine {

/// Opens connections to one server, again and again where it cannot be reached: with exponential backoff and jitter, so
/// that a server that comes back is not met by all its clients at once. Safe from any thread.
class PostgresConnector {
public:
    PostgresConnector(PostgresUrl url, Durability durability, Milliseconds patience, Milliseconds silence_max)
        : url_(std::move(url)), durability_(durability), patience_(patience), watch_(silence_max) {}

    /// Tries for as long as the patience. Throws as PostgresSession: Error(Configuration) at once, Error(Unavailable)
    /// when the patience is over or `close` was called.
    [[nodiscard]] std::unique_ptr<PostgresSession> connect(PostgresUse use);

    /// What `open` returns, which is tried for as long as the patience while it throws what is retryable.
    template <class Open>
    [[nodiscard]] auto open_patiently(Open open) -> decltype(open()) {
        const auto give_up = std::chrono::steady_clock::now() + patience_;
        for (int attempt = 1;; ++attempt) {
            try {
                return open();
            } catch (const Error& error) {
                if (!error.retryable() || std::chrono::steady_clock::now() >= give_up) throw;
                if (!sleep_before_next(attempt)) throw;
            }
        }
    }

    /// Sleeps before the try after the `attempt`-th; false when closed.
    bool sleep_before_next(int attempt);

    /// Ends all sleeps, for the end of the program.
    void close();

    [[nodiscard]] const PostgresUrl& url() const noexcept { return url_; }
    [[nodiscard]] Milliseconds patience() const noexcept { return patience_; }
    [[nodiscard]] PostgresWatch& watch() noexcept { return watch_; }

private:
    const PostgresUrl url_;
    const Durability durability_;
    const Milliseconds patience_;
    PostgresWatch watch_;
    static constexpr RetryPolicy policy_{.initial = Milliseconds{50}, .max = Milliseconds{5'000}};

    std::mutex mutex_;
    std::condition_variable closes_;
    bool closed_ = false;                            ///< guarded by mutex_
    std::mt19937_64 random_{std::random_device{}()}; ///< guarded by mutex_
};

} // namespace vitrine
