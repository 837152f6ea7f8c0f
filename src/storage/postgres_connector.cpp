#include "storage/postgres_connector.hpp"

namespace vitrine {

std::unique_ptr<PostgresSession> PostgresConnector::connect(PostgresUse use) {
    return open_patiently([&] { return std::make_unique<PostgresSession>(url_, use, durability_, watch_); });
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
