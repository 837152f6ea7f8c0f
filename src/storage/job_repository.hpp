#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <vitrine/job.hpp>

#include "storage/database.hpp"

/// The rows of `jobs`. Who may call what in which transaction: docs/task-states.md. Every function throws
/// Error(Unavailable) when the database cannot be used now.
namespace vitrine::job_repository {

/// What a job is accepted with.
struct Acceptance {
    std::string kind;
    std::string subject; ///< JSON
    int priority = 0;
    std::string first_kind; ///< its first task, kept for a retry
    std::string first_subject;
    std::string idempotency_key; ///< empty: none
    bool starts = false;         ///< its first task is taken at once: running instead of queued
};

struct Filter {
    std::optional<JobState> state;
    std::string kind;            ///< empty: any
    std::optional<JobId> before; ///< only jobs accepted before this one: the cursor of the next page
    int limit = 100;
};

/// What a restarted job starts from.
struct Restart {
    int attempts = 1;
    int priority = 0;
    std::string first_kind;
    std::string first_subject;
};

inline constexpr std::size_t errors_max = 100; ///< per job; older ones are dropped

/// Adds a job in state queued; nothing when the kind's idempotency key is taken.
[[nodiscard]] std::optional<JobId> insert(Transaction& tx, const Acceptance& job, Timestamp now);

[[nodiscard]] std::optional<JobId> find_by_idempotency_key(Transaction& tx, const std::string& kind,
                                                           const std::string& key);

[[nodiscard]] std::optional<Job> find(Transaction& tx, JobId id);

/// Cheaper than `find`.
[[nodiscard]] std::optional<JobState> state_of(Transaction& tx, JobId id);

/// As `state_of`; an unfinished job does not end before this transaction has.
[[nodiscard]] std::optional<JobState> hold(Transaction& tx, JobId id);

/// The cancelled jobs from `oldest` on.
[[nodiscard]] std::vector<JobId> cancelled_since(Transaction& tx, JobId oldest);

/// Newest first.
[[nodiscard]] std::vector<Job> list(Transaction& tx, const Filter& filter);

/// How many jobs are in each state; states without jobs are absent.
[[nodiscard]] std::map<JobState, std::int64_t> count_by_state(Transaction& tx);

/// queued → running. Nothing happens in any other state.
void start(Transaction& tx, JobId id, Timestamp now);

/// Moves a running job to `stage` ("cropping", "labelling", "finishing") and notes when that stage first began.
void set_stage(Transaction& tx, JobId id, const std::string& stage, Timestamp now);

struct CropCounts {
    int total = 0;
    int done = 0;              ///< of these, how many need no work any more
    std::optional<int> failed; ///< as it is, unless given: a photo that is cut anew begins with none
};

/// The job's picture has these crops; a running job is in the stage "labelling" from now on.
void begin_labelling(Transaction& tx, JobId id, const CropCounts& crops, Timestamp now);

/// How many crops the job's picture has.
void set_crops(Transaction& tx, JobId id, const CropCounts& crops);

/// One more crop is labelled. Throws Error(Conflict) when more crops would have ended than there are.
void count_crop_done(Transaction& tx, JobId id);

/// One more crop ended badly, with its sentence among the job's errors. Throws as above.
void count_crop_failed(Transaction& tx, JobId id, const std::string& error);

/// Appends a sentence to the job's errors, the last `errors_max` of which are kept.
void add_error(Transaction& tx, JobId id, const std::string& error);

/// queued or running → `state`, which is a final one; clears the stage. The rows of imports that it indexes end with
/// it. False, and nothing happens, when the job had already ended or does not exist. The job's other unfinished tasks
/// are cancelled with the completion of the task that called this.
bool finish(Transaction& tx, JobId id, JobState state, Timestamp now);

/// How a job ended whose crops had all ended.
struct LabelledEnd {
    JobState state{};
    int crops_total = 0;
    int crops_failed = 0;
    Timestamp created_at{};
    std::optional<Timestamp> started_at;
    std::optional<Timestamp> labelling_at;
};

/// As `finish`, of a job whose crops have all ended and that went well: partially_succeeded where some of them failed,
/// else succeeded. Nothing when it had already ended or does not exist.
std::optional<LabelledEnd> finish_labelled(Transaction& tx, JobId id, Timestamp now);

/// An ended job that did not succeed → queued, with counters and errors anew and one more attempt. Nothing when it has
/// not ended, has succeeded or does not exist.
[[nodiscard]] std::optional<Restart> restart(Transaction& tx, JobId id);

/// Removes the job with its tasks and, by cascade, its results. What a worker still does for it comes to nothing. False
/// when there is none.
bool remove(Transaction& tx, JobId id);

} // namespace vitrine::job_repository
