#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "jobs/alarm.hpp"
#include "jobs/due_timer.hpp"
#include "jobs/held_tasks.hpp"
#include "jobs/job_waiters.hpp"
#include "jobs/pending_commits.hpp"
#include "jobs/queue.hpp"
#include "jobs/setback.hpp"
#include "jobs/step_table.hpp"
#include "jobs/worker_pool.hpp"

namespace vitrine {

/// What the parts of one WorkerPool share. Each member is constant or safe from any thread by itself.
struct PoolParts {
    PoolParts(Database& the_database, Queue& the_queue, const Clock& the_clock,
              std::vector<std::unique_ptr<Step>> the_steps, WorkerOptions the_options)
        : queue(the_queue), clock(the_clock), options(std::move(the_options)), steps(std::move(the_steps)),
          held(options.threads, steps.bounds()), setbacks(options.retry), commits(the_database) {}

    Queue& queue;
    const Clock& clock;
    const WorkerOptions options;
    const StepTable steps;
    HeldTasks held;
    DueTimer due;
    JobWaiters waiters;
    Alarm alarm; ///< wakes the keeper
    Setbacks setbacks;
    std::atomic<bool> stopping = false;
    std::atomic<bool> recovered = false; ///< the first look has been committed; nothing is claimed before
    PendingCommits commits;              ///< last: its closures use all of the above

    /// A delayed task was committed.
    void add_due(Timestamp moment) {
        due.add(moment);
        alarm.ring();
    }

    /// Something of `job` was committed that its waiters look for: its end, where it is known how that looked.
    void touch(JobId job, std::optional<JobState> ended_as = std::nullopt) {
        waiters.touch(job, ended_as);
        tell(job);
    }

    void touch_all() {
        waiters.touch_all();
        tell({});
    }

    /// Tells who follows the job's progress, but not those who wait for its end.
    void tell(JobId job) const {
        if (options.changed) options.changed(job);
    }

    void report(const std::string& sentence) const {
        if (options.report) options.report(sentence);
    }
};

} // namespace vitrine
