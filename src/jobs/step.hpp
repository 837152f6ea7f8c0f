#pragma once

#include <any>
#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include <vitrine/job.hpp>

#include "storage/database.hpp"

namespace vitrine {

/// Work on a task that was done before there was the task: empty, or of a type that the task's step knows, cheap to
/// copy. Who makes the task hands it over with it, and Step::ride may use it; a task that does not ride begins from
/// nothing.
using HeadStart = std::any;

/// A task to be made. It belongs to the job of the step that makes it.
struct NewTask {
    std::string kind;
    std::string subject;
    std::optional<int> priority;        ///< the job's, unless given
    std::optional<Timestamp> run_after; ///< at once, unless given
    HeadStart head_start{};
};

/// Children that run in any order, and what runs once when the last of them ended, well or badly. With no children the
/// `then` task is enqueued at once. A child that the job's run already has as a task is not waited for.
struct FanOut {
    std::vector<NewTask> children;
    NewTask then;    ///< runs at once and with the job's priority: its own `priority` and `run_after` are not kept
    int at_once = 0; ///< so many children run at one time, in their order, whatever their `run_after`; 0: all
};

/// What follows a step.
struct Next {
    std::vector<NewTask> tasks;
    std::optional<FanOut> fan_out;
    std::optional<JobState> ended_as{}; ///< the effects ended the job so; nothing where they did not, or do not know
};

/// A step's effects: run in the same transaction as the step's completion, the job's counters and the next tasks, so
/// that all of it lands or none. May run twice (Database); must not call models or touch files.
using Effects = std::function<Next(Transaction&)>;

/// The step did its work.
struct Done {
    Effects effects;

    /// Whether the effects end the job (job_repository::finish), or what follows them can ride (Step::ride) and end it.
    /// Then they are on the disk before anybody hears of it; those of other steps may follow a moment later, while the
    /// next step computes.
    bool ends_job = false;
};

/// Try again after `after`, because of `why`.
struct Retry {
    std::optional<Milliseconds> after; ///< the retry policy's backoff, unless given
    std::string why;
    bool counts_as_attempt = true; ///< false while something the step needs is down and not the step's fault
};

/// Trying again would fail again.
struct Fail {
    std::string why;
};

using Outcome = std::variant<Done, Retry, Fail>;

/// What a running step is told.
struct StepContext {
    std::stop_token stop;                           ///< the worker is stopping, or the job was cancelled
    std::chrono::steady_clock::time_point deadline; ///< give up after this: the attempt then counts as timed out
};

struct StepLimits {
    int max_attempts = 5;
    Milliseconds time_limit{60'000};

    /// So many of its tasks run at one time in one process; 0: any number. For steps that wait for something of which
    /// there is little: further tasks then wait without a thread, and steps of other kinds go past them.
    int at_once = 0;
};

/// One kind of durable step: compute (slow, outside any transaction), then commit (short, one transaction).
/// One object serves all workers: every member is called from several threads at once.
class Step {
public:
    virtual ~Step() = default;

    [[nodiscard]] virtual std::string kind() const = 0;
    [[nodiscard]] virtual StepLimits limits() const { return {}; }

    /// Does the slow work of `task`. An Error that is retryable() becomes a Retry (obeying its retry_after), any other
    /// exception a Fail.
    [[nodiscard]] virtual Outcome compute(const Task& task, const StepContext& context) = 0;

    /// Does the work of a task that is being made in `tx`, where that takes nothing but the database and no more than a
    /// few questions, or the rest was done before (`head_start`): the task then begins and ends in the transaction that
    /// made it, which saves a commit and the way to a worker and back. Nothing: `compute` will do it, as that of any
    /// other task. Called by whoever commits, for whom everybody waits; sees through `tx` what is not committed yet, so
    /// that it must keep nothing of it in memory. Whatever it throws means nothing, and of effects that throw
    /// the whole transaction is undone.
    [[nodiscard]] virtual std::optional<Done> ride(Transaction& tx, const Task& task, const HeadStart& head_start);

    /// Effects of the task's final failure, in the transaction that records it: a fan-out's child moves its job's
    /// counters here and the job goes on; a failure of any other task also ends its job `failed`.
    virtual void on_failed(Transaction& tx, const Task& task, const std::string& error);
};

} // namespace vitrine
