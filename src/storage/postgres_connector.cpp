#include "storage/postgres_connector.hpp"

#include <chrono>

#include <vitrine/error.hpp>

namespace vitrine {

std::unique_ptr<PostgresSession> PostgresConnector::connect(PostgresUse use) {
    const auto give_up = std::chrono::steady_clock::now() + patience_;
    for (int attempt = 1;; ++attempt) {
        try {
            return std::make_unique<PostgresSession>(url_, use, durability_);
        } catch (const Error& error) {
            if (!error.retryable() || std::chrono::steady_clock::now() >= give_up) throw;
            if (!sleep_before_next(attempt)) throw;
        }
    }
}

bool PostgresConnector::sleep_before_next(int attempt) {
    std::unique_lock lock(mutex_);
    const auto wait = policy_.backoff(attempt, std::nullopt, random_);
    return !closes_.wait_for(lock, wait, [this] { return closed_; });
}

void PostgresConnector::close() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    closes_.notify_all();
}

} // namespace vitrine
