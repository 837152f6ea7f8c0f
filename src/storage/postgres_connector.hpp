#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>

#include <vitrine/time.hpp>

#include "core/retry_policy.hpp"
#include "storage/postgres_session.hpp"

namespace vitrine {

/// Opens connections to one server, again and again where it cannot be reached: with exponential backoff and jitter, so
/// that a server that comes back is not met by all its clients at once. Safe from any thread.
class PostgresConnector {
public:
    PostgresConnector(PostgresUrl url, Durability durability, Milliseconds patience)
        : url_(std::move(url)), durability_(durability), patience_(patience) {}

    /// Tries for as long as the patience. Throws as PostgresSession: Error(Configuration) at once, Error(Unavailable)
    /// when the patience is over or `close` was called.
    [[nodiscard]] std::unique_ptr<PostgresSession> connect(PostgresUse use);

    /// Sleeps before the try after the `attempt`-th; false when closed.
    bool sleep_before_next(int attempt);

    /// Ends all sleeps, for the end of the program.
    void close();

    [[nodiscard]] const PostgresUrl& url() const noexcept { return url_; }
    [[nodiscard]] Milliseconds patience() const noexcept { return patience_; }

private:
    const PostgresUrl url_;
    const Durability durability_;
    const Milliseconds patience_;
    static constexpr RetryPolicy policy_{.initial = Milliseconds{50}, .max = Milliseconds{5'000}};

    std::mutex mutex_;
    std::condition_variable closes_;
    bool closed_ = false;                            ///< guarded by mutex_
    std::mt19937_64 random_{std::random_device{}()}; ///< guarded by mutex_
};

} // namespace vitrine
