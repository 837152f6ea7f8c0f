#include "lifecycle/cleanup_step.hpp"

#include <chrono>
#include <sstream>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "lifecycle/image_removal.hpp"
#include "lifecycle/import_removal.hpp"
#include "lifecycle/run_reports.hpp"
#include "storage/image_reference_repository.hpp"
#include "storage/lifecycle_run_repository.hpp"
#include "storage/task_repository.hpp"

namespace vitrine {
namespace {

namespace references = image_reference_repository;
namespace runs = lifecycle_run_repository;
using SteadyClock = std::chrono::steady_clock;

constexpr auto step_name = "remove_expired_images";
constexpr Milliseconds longest_pause{500};

/// How much at a time, and how long a pause after it.
struct Pace {
    int batch = 0;
    int pause = 0;          ///< times as long as removing the rows took
    bool for_files = false; ///< and the files before: they take no time of the database's, but of the processors'
};
constexpr Pace usual{.batch = 50, .pause = 1};
constexpr Pace beside_queries{.batch = 5, .pause = 15, .for_files = true}; ///< each of their commits waits behind ours

/// What is left to do: everything made before `cutoff`, after `last`.
struct Rest {
    Timestamp cutoff{};
    std::optional<references::AgedImage> last;
};

std::string to_text(const Rest& rest) {
    const auto ms = [](Timestamp moment) { return moment.time_since_epoch().count(); };
    if (!rest.last) return fmt::format("{}", ms(rest.cutoff));
    return fmt::format("{} {} {}", ms(rest.cutoff), ms(rest.last->created_at), rest.last->id.value);
}

Rest rest_from(const std::string& text) {
    std::istringstream words(text);
    std::int64_t cutoff = 0, created_at = 0, id = 0;
    if (!(words >> cutoff)) {
        throw Error(ErrorCode::Corrupted, fmt::format("A stored clean-up task has the subject '{:.50}'.", text));
    }
    Rest rest{.cutoff = Timestamp{Milliseconds{cutoff}}, .last = {}};
    if (words >> created_at >> id) {
        rest.last = references::AgedImage{.id = {id}, .created_at = Timestamp{Milliseconds{created_at}}, .bytes = 0};
    }
    return rest;
}

NewTask task_for(const Rest& rest) {
    return {.kind = step_name, .subject = to_text(rest), .priority = {}, .run_after = {}};
}

} // namespace

NewTask CleanupStep::first(Timestamp cutoff) {
    return task_for({.cutoff = cutoff, .last = {}});
}

std::string CleanupStep::kind() const {
    return step_name;
}

Outcome CleanupStep::compute(const Task& task, const StepContext&) {
    const Rest rest = rest_from(task.subject);
    const auto began = SteadyClock::now();
    parts_.files.remove_all();
    Pace pace;
    const auto images = parts_.database.read([&](Transaction& tx) {
        pace = task_repository::is_any_due(tx, task.priority + 1, parts_.clock.now()) ? beside_queries : usual;
        return references::made_before(tx, rest.cutoff, rest.last, pace.batch);
    });
    const auto files_took = SteadyClock::now() - began;
    const JobId job = task.job_id;
    if (images.empty()) {
        return Done{[imports = ImportRemovalStep::first(rest.cutoff)](Transaction&) {
            return Next{.tasks = {imports}, .fan_out = {}};
        }};
    }
    const Rest next{.cutoff = rest.cutoff, .last = images.back()};
    return Done{[this, job, images, next, pace, files_took, begins = !rest.last](Transaction& tx) {
        const auto began_rows = SteadyClock::now();
        const Timestamp now = parts_.clock.now();
        RemovedImages removed;
        for (const auto& image : images) removed += remove_if_unused(tx, image.id, now, next.cutoff).removed;
        CleanupReport report;
        report.cutoff = next.cutoff;
        const auto before = runs::report_of(tx, job);
        if (before && !begins) report = cleanup_report_from(*before);
        report.images += removed.originals;
        report.crops += removed.crops;
        report.bytes += removed.bytes;
        runs::save_report(tx, job, run_kind::cleanup, to_json(report), now);
        NewTask following = task_for(next);
        if (removed.originals > 0) {
            auto took = SteadyClock::now() - began_rows;
            if (pace.for_files) took += files_took;
            const auto pause = std::chrono::duration_cast<Milliseconds>(took * pace.pause);
            following.run_after = now + std::min(pause, longest_pause);
        }
        return Next{.tasks = {std::move(following)}, .fan_out = {}};
    }};
}

} // namespace vitrine
