#pragma once

#include <optional>
#include <string>
#include <vector>

#include <vitrine/lifecycle.hpp>

#include "storage/database.hpp"

/// The tables `schedules` and `lifecycle_runs`: when runs come by themselves, and what each found and did.
namespace vitrine::lifecycle_run_repository {

/// Plans runs of `kind` from `first_due` on, unless they are planned already.
void plan(Transaction& tx, const std::string& kind, Timestamp first_due);

/// Moves the next run of `kind` to `next` if it is due; true in exactly one transaction for each run.
bool take_due(Transaction& tx, const std::string& kind, Timestamp now, Timestamp next);

/// When the next run of `kind` is due; nothing when none is planned.
[[nodiscard]] std::optional<Timestamp> due_at(Transaction& tx, const std::string& kind);

/// From now until the end of the transaction nobody else starts a run of `kind`.
void hold(Transaction& tx, const std::string& kind);

/// The unfinished job of a run of `kind`.
[[nodiscard]] std::optional<JobId> unfinished(Transaction& tx, const std::string& kind);

/// What the run of `job` has found and done until now.
void save_report(Transaction& tx, JobId job, const std::string& kind, const std::string& report, Timestamp now);
[[nodiscard]] std::optional<std::string> report_of(Transaction& tx, JobId job);

/// The newest runs of `kind`, all when it is empty, newest first.
[[nodiscard]] std::vector<LifecycleRun> newest(Transaction& tx, const std::string& kind, int limit);

} // namespace vitrine::lifecycle_run_repository
