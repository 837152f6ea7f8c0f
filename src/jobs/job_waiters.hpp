#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

#include <vitrine/job.hpp>

namespace vitrine {

/// Threads that wait for jobs to end. A waiter looks at its job's state once when it comes and once after each event of
/// that job; between them it sleeps. Of a job that succeeded a moment ago it need not look: such a job stays as it is.
/// Safe from any thread.
class JobWaiters {
public:
    /// The state a job has in the database now.
    using Look = std::function<JobState()>;

    /// Blocks until `look` gives a final state or the deadline passes; nothing then. Throws what `look` throws.
    std::optional<JobState> wait(JobId job, std::chrono::steady_clock::time_point deadline, const Look& look);

    /// Something of `job` was committed; with it the job ended, where `ended_as` is given, and its waiters need not
    /// look.
    void touch(JobId job, std::optional<JobState> ended_as = std::nullopt);

    /// Something of any job may have been committed.
    void touch_all();

    [[nodiscard]] bool is_waited_for(JobId job);

    /// The lowest id that is waited for.
    [[nodiscard]] std::optional<JobId> oldest();

private:
    struct Waited {
        int waiters = 0;
        std::uint64_t events = 0;
        std::optional<JobState> ended_as;
        std::condition_variable touched; ///< of this job alone: an event of one wakes nobody who waits for another
    };
    class Registration;

    /// Guarded by mutex_, like all below.
    [[nodiscard]] bool has_succeeded(JobId job) const;

    std::mutex mutex_;
    std::map<JobId, Waited> waited_;
    std::deque<JobId> succeeded_; ///< the last ones
};

} // namespace vitrine
