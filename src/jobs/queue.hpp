#pragma once

#include <compare>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <vitrine/job.hpp>

#include "jobs/step.hpp"
#include "storage/database.hpp"

namespace vitrine {

/// A job to be accepted, with its first task.
struct NewJob {
    std::string kind;
    std::string subject; ///< JSON
    int priority = 0;
    NewTask first;
    std::string idempotency_key;         ///< empty, or: a second job of the same kind and key is the first one
    std::optional<Timestamp> begun_at{}; ///< where the first task has a head start: when work on the job began
};

/// How often a task of each kind may be claimed before its next failure is final.
struct AttemptLimits {
    int usual = 5;                                   ///< of a kind that is not named
    std::map<std::string, int, std::less<>> by_kind; ///< Step::limits of each step: `attempt_limits`

    /// How many attempts may end with the death of their process before the task is taken for its cause. 0: a death
    /// counts like any failed attempt. Otherwise deaths use up none of the attempts above, since a machine that is
    /// switched off often says nothing about the tasks that ran.
    int deaths_max = 0;

    /// Between tasks that come back from a second crash (Queue::recover); all of them together within 25 times this.
    Milliseconds suspects_apart{200};
};

/// The limits that `steps` ask for.
AttemptLimits attempt_limits(const std::vector<std::unique_ptr<Step>>& steps);

/// A running task, named by the attempt that holds it.
struct HeldTask {
    TaskId id;
    int attempts = 0;

    friend auto operator<=>(const HeldTask&, const HeldTask&) = default;
};

/// Does tasks in the transaction that makes them (Step::ride).
class Riders {
public:
    virtual ~Riders() = default;

    /// What the step of `task` did, where it can do it at once; nothing where a worker is to do it. The task has no id
    /// yet, and everything else of a first attempt.
    [[nodiscard]] virtual std::optional<Done> ride(Transaction& tx, const Task& task, const HeadStart& head_start) = 0;
};

/// What may happen to tasks at once that are only now being made, in one transaction and for one job. A task that rides
/// is stored as one that succeeded. Of the others as many as there is room for are made running in the worker's hands
/// instead of ready, which saves a claim: give it room only where nothing else waits to be claimed, or what is made
/// goes before that.
struct DirectClaim {
    std::string worker;
    Milliseconds lease{};
    int room = 0;                           ///< how many more it takes
    std::vector<Task> taken;                ///< in the order in which they were made
    Riders* riders = nullptr;               ///< nullptr: nothing rides
    bool made_others = false;               ///< whether there was a task that did not ride
    std::optional<JobState> job_ended_as{}; ///< of a job that was accepted: how it ended, where what rode ended it
};

/// What became of an attempt's end.
class Completion {
public:
    /// The attempt no longer holds the task: cancelled, or its lease ran out and somebody else has it.
    static Completion lost() { return Completion(false, std::nullopt); }
    /// Recorded; the job has not ended.
    static Completion goes_on() { return Completion(true, std::nullopt); }
    /// Recorded; the job has ended in `state`, with this or before.
    static Completion job_over(JobState state) { return Completion(true, state); }

    [[nodiscard]] bool is_lost() const noexcept { return !recorded_; }
    [[nodiscard]] std::optional<JobState> job_ended_as() const noexcept { return job_ended_as_; }

    friend bool operator==(const Completion&, const Completion&) = default;

private:
    Completion(bool recorded, std::optional<JobState> job_ended_as)
        : recorded_(recorded), job_ended_as_(job_ended_as) {}

    bool recorded_;
    std::optional<JobState> job_ended_as_;
};

/// What `Queue::recover` found.
struct Recovered {
    int given_back = 0;
    std::vector<Task> failed; ///< ended as failed; the caller runs their `Step::on_failed` in the same transaction
};

/// The durable queue: jobs, their tasks, fan-outs and joins. Knows nothing of images.
///
/// Every member that changes something takes the caller's Transaction, so that it lands together with the caller's own
/// effects. `now` is a parameter: no clock is hidden here. Safe from any thread and, on a shared database, any process.
class Queue {
public:
    virtual ~Queue() = default;

    /// Accepts a job in state queued, or running where `direct` has room for its first task, which may then ride; with
    /// a head start it may without room. With
    /// an idempotency key that is taken: that job's id, and nothing changes.
    virtual JobId accept(Transaction& tx, const NewJob& job, Timestamp now, DirectClaim& direct) = 0;
    JobId accept(Transaction& tx, const NewJob& job, Timestamp now) {
        DirectClaim no_room;
        return accept(tx, job, now, no_room);
    }

    /// Claims up to `limit` due tasks for `worker`: highest priority first, then oldest due first;
    /// they are running until `now + lease`, their jobs too. No task is given to two workers. Empty when nothing is
    /// due. If the caller dies, the tasks run again after the lease (embedded: after `recover`).
    virtual std::vector<Task> claim(Transaction& tx, const std::string& worker, int limit, Timestamp now,
                                    Milliseconds lease) = 0;

    /// Ends `task` as succeeded and adds what follows; counts it toward its fan-out and enqueues that one's `then`
    /// exactly once. What follows by itself, and no child of a fan-out, may ride. Lost: nothing happens, and the caller
    /// must undo its own effects. Throws what riders' effects throw.
    virtual Completion complete(Transaction& tx, const Task& task, const Next& next, Timestamp now,
                                DirectClaim& direct) = 0;
    /// The same with no room for what follows; false where the attempt is lost.
    bool complete(Transaction& tx, const Task& task, const Next& next, Timestamp now) {
        DirectClaim no_room;
        return !complete(tx, task, next, now, no_room).is_lost();
    }

    /// Puts `task` back to ready, due at `run_after`. When the attempt does not count, one more is granted: a task's
    /// `attempts` never falls, so that an attempt's number is never used twice. When it is due: at once where it was
    /// hurried while it ran. Nothing, and nothing happens, when the attempt is lost.
    virtual std::optional<Timestamp> retry_later(Transaction& tx, const Task& task, const std::string& why,
                                                 Timestamp run_after, bool counts_as_attempt, Timestamp now) = 0;

    /// Ends `task` as failed. A fan-out's child counts toward the join; any other task ends its job as failed with
    /// `why` among its errors, and cancels the job's other tasks. False when the attempt is lost.
    virtual bool fail(Transaction& tx, const Task& task, const std::string& why, Timestamp now) = 0;

    /// Moves the lease of a running task to `until`. False as above.
    virtual bool extend(Transaction& tx, const Task& task, Timestamp until) = 0;

    /// Makes the job's ready tasks of `kind` due at once: what they were put off for has come. One that runs, and may
    /// have looked for it just before, is due at once should it be put off now. Wake the pool after it.
    virtual void hurry(Transaction& tx, JobId job, const std::string& kind, Timestamp now) = 0;

    /// Gives tasks whose lease has run out back to the queue: as a retry, or as failed when their attempts are used up.
    /// On the embedded database, whose only worker process just started, pass `all` = true: whatever was running is
    /// nobody's. A task that was abandoned more than once comes back a little after its companions of the same crash,
    /// each later than the one before, so that one which kills its process does not take the same others with it again.
    virtual Recovered recover(Transaction& tx, Timestamp now, bool all) = 0;

    /// Cancels the job and its unfinished tasks. False when it had already ended. Throws Error(NotFound).
    virtual bool cancel(Transaction& tx, JobId job, const std::string& why, Timestamp now) = 0;

    /// Runs an ended job again from its first task: its `attempts` grow by one, its counters and errors start anew;
    /// what was computed before is stored and is not computed again. Throws Error(NotFound), Error(Conflict) when it
    /// has not ended or has succeeded.
    virtual void retry(Transaction& tx, JobId job, Timestamp now) = 0;

    /// When the next ready task is (or was) due; nothing when none is ready.
    [[nodiscard]] virtual std::optional<Timestamp> next_due(Transaction& tx) = 0;

    /// What `worker` holds, by id: what it runs beyond this was cancelled or given to somebody else.
    [[nodiscard]] virtual std::vector<HeldTask> held_by(Transaction& tx, const std::string& worker) = 0;
};

/// The queue over the tables of `storage/migrations`, for both databases.
std::unique_ptr<Queue> make_sql_queue(AttemptLimits limits = {});

} // namespace vitrine
