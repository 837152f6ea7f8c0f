#pragma once

#include <condition_variable>
#include <mutex>

#include "storage/database.hpp"

namespace vitrine {

/// Counts the writes that were submitted and are not yet done, so that their owner can wait for them before it goes.
/// Safe from any thread.
class PendingCommits {
public:
    explicit PendingCommits(Database& database) : database_(database) {}

    /// As Database::submit.
    void submit(Database::Work work, Database::Done done, Flush flush, Database::About about) {
        {
            const std::lock_guard lock(mutex_);
            ++pending_;
        }
        const auto counted = [this, done = std::move(done)](std::exception_ptr error) {
            done(std::move(error));
            const std::lock_guard lock(mutex_);
            if (--pending_ == 0) none_.notify_all();
        };
        database_.submit(std::move(work), counted, flush, about);
    }

    /// Until none is left; what one submits when it is done counts too.
    void wait() {
        std::unique_lock lock(mutex_);
        none_.wait(lock, [this] { return pending_ == 0; });
    }

private:
    Database& database_;
    std::mutex mutex_;
    std::condition_variable none_;
    int pending_ = 0; ///< guarded by mutex_
};

} // namespace vitrine
