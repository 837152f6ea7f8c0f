#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <vector>

#include "jobs/attempt_ends.hpp"
#include "jobs/pool_parts.hpp"

namespace vitrine {

/// Looks into the database for what others changed: tasks to claim, tasks that were taken from us, jobs that were
/// cancelled while somebody waits for them, and what dead workers left. At most one look is under way; what is asked
/// for meanwhile leads to one more. A look that finds nothing writes nothing. Safe from any thread.
class QueueWatch {
public:
    using Moment = std::chrono::steady_clock::time_point;

    QueueWatch(PoolParts& pool, AttemptEnds& ends) : pool_(pool), ends_(ends) {}

    /// A look soon.
    void look();

    /// The next look also extends our leases and recovers what dead workers left; the first look always does.
    void recover_with_next_look() { ++recoveries_wanted_; }

    /// When to `look` because the database refused the last one.
    [[nodiscard]] std::optional<Moment> look_again_at();

    /// Looks if it is time for that.
    void look_again(Moment now);

private:
    struct Look;

    void submit_look();
    void read(Transaction& tx, Look& look);
    void recover(Transaction& tx, Look& look) const;
    [[nodiscard]] bool was_cut_off() const;
    void looked(Look& look, const std::exception_ptr& error);

    PoolParts& pool_;
    AttemptEnds& ends_;
    std::atomic<int> recoveries_wanted_ = 1;

    std::mutex mutex_; ///< guards the next three
    bool looking_ = false;
    bool once_more_ = false;
    std::optional<Moment> look_again_at_;

    // Used by whoever commits, one thread at a time.
    int recoveries_done_ = 0;
    Moment beat_{};          ///< when our leases were extended last
    bool waited_ = false;    ///< the recovery before this one was left out
    bool tell_steps_ = true; ///< false after a step's on_failed broke a recovery
};

} // namespace vitrine
