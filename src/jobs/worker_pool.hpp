#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <vitrine/job.hpp>
#include <vitrine/time.hpp>

#include "core/retry_policy.hpp"
#include "jobs/queue.hpp"
#include "jobs/step.hpp"

namespace vitrine {

struct WorkerOptions {
    std::string name = "worker"; ///< unique among living workers: host and process id
    int threads = 2;             ///< 0: it runs nothing and only waits for jobs that others run
    Milliseconds lease{30'000};
    bool sole_owner = true; ///< the embedded database: on start, whatever was running is nobody's
    RetryPolicy retry;
    Milliseconds ask_again{1'000}; ///< after the database refused a write that must not be lost
    std::function<void(const std::string& sentence)> report; ///< told of such refusals, on any thread; for the log

    /// Told that something of this job was committed, on any thread, so that it must be short and must not throw; with
    /// the job 0 that something of any job may have been.
    std::function<void(JobId)> changed;
};

/// Threads that claim tasks and run their steps. Starts in the constructor; the destructor lets running steps end
/// (bounded by their time limits), hands claimed but unstarted tasks back, and joins.
///
/// Claims ride in the transactions that complete earlier tasks, so that a chain of steps costs one commit each.
/// It sleeps until it is woken (`wake`) or the next `run_after` or lease is due; it never polls. Once per lease it
/// looks all the same: a task of which nobody was told must not wait for ever. A step that overruns its time limit is
/// recorded as timed out at once, whatever it does later has no effect, and another thread takes its thread's place
/// until it returns. On a shared database leases are extended while steps run, what dead workers left is looked for
/// three times per lease, and other processes' commits wake it (Database::listen): the looks are its safety net where
/// an announcement is lost.
class WorkerPool {
public:
    /// `steps` by kind; a claimed task of an unknown kind fails with a sentence. All references outlive the pool.
    WorkerPool(Database& database, Queue& queue, const Clock& clock, std::vector<std::unique_ptr<Step>> steps,
               WorkerOptions options);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// Something may have become due: call it in `after_commit` of a transaction that accepted, retried or cancelled a
    /// job. Cheap; safe from any thread.
    void wake();

    /// Accepts `job` (Queue::accept) and wakes the pool after the commit. Where a worker is free and nothing else
    /// waits, the first task is its own from the start, one claim and one commit sooner. The transaction must end
    /// before the pool does. `flush` is the transaction's: where it is First, what rides may end the job.
    JobId accept(Transaction& tx, const NewJob& job, Flush flush = Flush::Soon);

    /// Blocks until `job` has ended or the deadline passes; the job's final state, or nothing when time ran out. Waits
    /// on the event, does not poll. Safe from any thread but the committing one. Throws Error(NotFound).
    std::optional<JobState> wait(JobId job, std::chrono::steady_clock::time_point deadline);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace vitrine
