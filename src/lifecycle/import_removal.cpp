#include "lifecycle/import_removal.hpp"

#include <sstream>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "lifecycle/run_reports.hpp"
#include "storage/blob_removal_repository.hpp"
#include "storage/image_repository.hpp"
#include "storage/import_repository.hpp"
#include "storage/job_repository.hpp"
#include "storage/lifecycle_run_repository.hpp"

namespace vitrine {
namespace {

namespace imports = import_repository;
namespace runs = lifecycle_run_repository;

constexpr auto step_name = "remove_ended_imports";
constexpr int rows_at_once = 2'000;

/// "CUTOFF SERIAL": in milliseconds; a number that no task of the job has had.
struct Rest {
    std::int64_t cutoff = 0;
    std::int64_t serial = 0;
};

Rest rest_from(const std::string& text) {
    std::istringstream words(text);
    Rest rest;
    if (words >> rest.cutoff >> rest.serial) return rest;
    throw Error(ErrorCode::Corrupted, fmt::format("A stored clean-up task has the subject '{:.50}'.", text));
}

NewTask task_for(const Rest& rest) {
    return {
        .kind = step_name, .subject = fmt::format("{} {}", rest.cutoff, rest.serial), .priority = {}, .run_after = {}};
}

} // namespace

NewTask ImportRemovalStep::first(Timestamp cutoff) {
    return task_for({.cutoff = cutoff.time_since_epoch().count(), .serial = 0});
}

std::string ImportRemovalStep::kind() const {
    return step_name;
}

Outcome ImportRemovalStep::compute(const Task& task, const StepContext&) {
    const Rest rest = rest_from(task.subject);
    parts_.files.remove_all();
    const JobId job = task.job_id;
    const Timestamp cutoff{Milliseconds{rest.cutoff}};
    const auto ended = parts_.database.read([&](Transaction& tx) { return imports::ended_before(tx, cutoff, {}, 1); });
    if (ended.empty()) {
        return Done{.effects =
                        [this, job](Transaction& tx) {
                            job_repository::finish(tx, job, JobState::Succeeded, parts_.clock.now());
                            return Next{};
                        },
                    .ends_job = true};
    }
    return Done{[this, job, rest, import = ended.front()](Transaction& tx) {
        const Timestamp now = parts_.clock.now();
        const auto upload = imports::let_go_upload(tx, import.job);
        if (upload && !image_repository::has_original(tx, *upload)) {
            blob_removal_repository::ask(tx, *upload, import.bytes, now);
        }
        if (imports::remove_some(tx, import.job, rows_at_once)) {
            auto report = cleanup_report_from(runs::report_of(tx, job).value_or(to_json(CleanupReport{})));
            ++report.imports;
            runs::save_report(tx, job, run_kind::cleanup, to_json(report), now);
        }
        return Next{.tasks = {task_for({.cutoff = rest.cutoff, .serial = rest.serial + 1})}, .fan_out = {}};
    }};
}

} // namespace vitrine
