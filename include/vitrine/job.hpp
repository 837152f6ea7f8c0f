#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <vitrine/ids.hpp>
#include <vitrine/time.hpp>

namespace vitrine {

/// queued → running → succeeded | partially_succeeded | failed | cancelled. docs/task-states.md says who moves what.
enum class JobState { Queued, Running, Succeeded, PartiallySucceeded, Failed, Cancelled };

/// ready → running → succeeded | failed | cancelled; a retry goes back to ready with a later `run_after`.
enum class TaskState { Ready, Running, Succeeded, Failed, Cancelled };

std::string_view to_string(JobState state) noexcept;
std::string_view to_string(TaskState state) noexcept;

/// The state of that name; nothing for any other text.
std::optional<JobState> job_state_from(std::string_view name) noexcept;
std::optional<TaskState> task_state_from(std::string_view name) noexcept;

[[nodiscard]] constexpr bool is_final(JobState state) noexcept {
    return state != JobState::Queued && state != JobState::Running;
}

[[nodiscard]] constexpr bool is_final(TaskState state) noexcept {
    return state != TaskState::Ready && state != TaskState::Running;
}

/// One indexing or querying run, or another work that goes on by itself.
struct Job {
    JobId id;
    std::string kind;    ///< "index", "query", "import", "reindex", "check", "cleanup"
    std::string subject; ///< JSON: what the run is about; the queue does not look inside
    JobState state = JobState::Queued;
    std::string stage; ///< of running: "cropping", "labelling", "finishing"; empty before and after
    int priority = 0;  ///< higher runs first
    int attempts = 1;  ///< how often the run was started: 1, and one more for each retry by a person
    int crops_total = 0; ///< of an import these three count rows, of a change of models products
    int crops_done = 0;
    int crops_failed = 0;
    std::vector<std::string> errors; ///< one sentence each, oldest first
    Timestamp created_at{};
    std::optional<Timestamp> started_at;   ///< cropping began
    std::optional<Timestamp> labelling_at; ///< labelling began
    std::optional<Timestamp> finishing_at; ///< finishing began
    std::optional<Timestamp> finished_at;
};

/// One durable step of a job.
struct Task {
    TaskId id;
    JobId job_id;
    int job_attempt = 1;  ///< the job's `attempts` when this task was made
    std::string kind;     ///< which step runs it
    std::string subject;  ///< what it is about, e.g. a crop's image id; (job, job_attempt, kind, subject) is unique
    TaskState state = TaskState::Ready;
    int priority = 0;
    int attempts = 0; ///< how often it was claimed
    int max_attempts = 5;
    Timestamp run_after{};
    std::string lease_owner;
    std::optional<Timestamp> lease_until;
    std::string error; ///< why the last attempt failed
    Timestamp created_at{};
    std::optional<Timestamp> started_at; ///< the last claim
    std::optional<Timestamp> finished_at;
    Milliseconds waited{0}; ///< due but not running, all attempts together
    Milliseconds worked{0}; ///< running, all attempts together
};

} // namespace vitrine
