#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <vitrine/job.hpp>

#include "storage/database.hpp"

namespace vitrine {

using FanOutId = Id<struct FanOutTag>;

} // namespace vitrine

/// The rows of `tasks` and `fan_outs`: single moves between states, each one statement. What belongs together in one
/// transaction is the queue's to say (jobs/queue.hpp). A move names the attempt it is made for (id, attempts,
/// lease_owner); when that attempt no longer runs, nothing happens and nothing is returned: this fences off a worker
/// that was believed dead.
namespace vitrine::task_repository {

/// A task to be added.
struct Addition {
    JobId job_id;
    int job_attempt = 1;
    std::optional<FanOutId> fan_out_id;
    std::string kind;
    std::string subject;
    int priority = 0;
    int max_attempts = 5;
    Timestamp run_after{};
};

/// Adds a ready task. False when the same task of the same run is already there.
bool insert(Transaction& tx, const Addition& task, Timestamp now);

/// Adds ready tasks by one statement; how many were not there already. Their words are UTF-8.
[[nodiscard]] int insert_all(Transaction& tx, const std::vector<Addition>& tasks, Timestamp now);

/// Adds a task that began and succeeded at `now`, in its first attempt. False when the same task of the same run is
/// already there.
[[nodiscard]] bool insert_ended(Transaction& tx, const Addition& task, Timestamp now);

/// The same of several, whose words are UTF-8; what is there already stays.
void insert_all_ended(Transaction& tx, const std::vector<Addition>& tasks, Timestamp now);

/// Who takes tasks as they are made, and until when they are its own.
struct Taker {
    std::string worker;
    Timestamp now{};
    Timestamp lease_until{};
};

/// Adds running tasks, in the first attempt of `taker`, by one statement: those that were not there already, in the
/// order of `tasks`. Their words are UTF-8.
[[nodiscard]] std::vector<Task> insert_taken(Transaction& tx, const std::vector<Addition>& tasks, const Taker& taker);

struct Claim {
    std::string worker;
    int limit = 1;
    Timestamp now{};
    Timestamp lease_until{};
};

struct Claimed {
    std::vector<Task> tasks;          ///< highest priority first, then oldest due first
    std::vector<JobId> starting_jobs; ///< of these, the jobs that were still queued
};

/// ready → running, for up to `limit` due tasks. Safe from several processes: no task is given to two. Tasks that are
/// due later cost nothing, however many they are.
[[nodiscard]] Claimed claim(Transaction& tx, const Claim& claim);

/// What runs once when the last child of a fan-out ended.
struct Join {
    std::string kind;
    std::string subject;
};

/// What a fan-out waits for after it was counted down.
struct CountedDown {
    std::optional<Join> join; ///< when the last child ended, which happens once
    bool holds_back = false;  ///< there are children to release
};

/// How a running task's end looked from the database.
struct Ended {
    std::optional<FanOutId> fan_out_id;
    std::optional<JobState> job_ended_as; ///< nothing: the job goes on, and the task was counted toward its fan-out
    CountedDown counted;
    int job_priority = 0;
};

/// running → succeeded or failed. The time from `task.started_at` counts as worked, what lay between the claim and it
/// as waited.
[[nodiscard]] std::optional<Ended> end(Transaction& tx, const Task& task, TaskState state, const std::string& error,
                                       Timestamp now);

struct Return {
    std::string why;
    Timestamp run_after{};
    bool counts_as_attempt = true; ///< false: one more attempt is granted
};

/// running → ready. When it is due; nothing when the attempt is lost.
[[nodiscard]] std::optional<Timestamp> give_back(Transaction& tx, const Task& task, const Return& how, Timestamp now);

/// Moves the lease of a running task.
[[nodiscard]] bool extend(Transaction& tx, const Task& task, Timestamp until);

/// Makes the job's ready tasks of `kind` that are due later due now, and marks the running ones, so that give_back puts
/// them off no further; whether there were any.
bool hurry(Transaction& tx, JobId job, const std::string& kind, Timestamp now);

/// Running tasks whose lease ended before or at `now`; with `all`, every running task. By id.
[[nodiscard]] std::vector<Task> abandoned(Transaction& tx, Timestamp now, bool all);

/// A running task by the attempt that holds it.
struct Held {
    TaskId id;
    int attempts = 0;

    friend auto operator<=>(const Held&, const Held&) = default;
};

/// What `worker` holds.
[[nodiscard]] std::vector<Held> held_by(Transaction& tx, const std::string& worker);

/// Cancels a job's ready and running tasks and closes its open fan-outs without their join.
void cancel_unfinished(Transaction& tx, JobId job, const std::string& why, Timestamp now);

/// When the next ready task is (or was) due.
[[nodiscard]] std::optional<Timestamp> next_due(Transaction& tx);

/// Whether a task of this priority or a higher one is running or could be.
[[nodiscard]] bool is_any_due(Transaction& tx, int priority_min, Timestamp now);

/// All runs of a job, oldest task first.
[[nodiscard]] std::vector<Task> tasks_of(Transaction& tx, JobId job);

[[nodiscard]] std::map<TaskState, std::int64_t> count_by_state(Transaction& tx);

/// A fan-out that waits for `pending` (at least one) children.
[[nodiscard]] FanOutId open_fan_out(Transaction& tx, JobId job, int pending, const Join& then);

/// When a child that is held back is due: never, until `release_one`.
inline constexpr Timestamp held_back{Milliseconds{253'402'300'799'000}}; // the end of the year 9999

/// `children` of the fan-out's were made to be due when they are released.
void note_held_back(Transaction& tx, FanOutId fan_out, int children);

/// Takes `children` from what the fan-out waits for.
[[nodiscard]] CountedDown count_down(Transaction& tx, FanOutId fan_out, int children, Timestamp now);

/// Makes the first of the fan-out's children that are held back due now.
void release_one(Transaction& tx, JobId job, FanOutId fan_out, Timestamp now);

} // namespace vitrine::task_repository
