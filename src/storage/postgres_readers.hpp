#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "storage/database.hpp"
#include "storage/postgres_connector.hpp"

namespace vitrine {

/// A bounded set of reading connections, opened when first needed; who finds none free waits. Safe from any thread.
class PostgresReaders {
public:
    PostgresReaders(PostgresConnector& connector, int most) : connector_(connector), most_(most) {
        idle_.reserve(static_cast<std::size_t>(most));
    }

    /// As Database::run_read. A connection that broke since its last use is made anew first; one that breaks while
    /// `work` runs ends it with Error(Unavailable), since work that was half done must not run twice.
    void run(const Database::Work& work);

private:
    class Borrowed;

    [[nodiscard]] std::unique_ptr<PostgresSession> take();
    void give_back(std::unique_ptr<PostgresSession> session) noexcept;

    PostgresConnector& connector_;
    const int most_;
    std::mutex mutex_;
    std::condition_variable free_one_;
    std::vector<std::unique_ptr<PostgresSession>> idle_; ///< guarded by mutex_
    int opened_ = 0;                                     ///< guarded by mutex_
};

} // namespace vitrine
