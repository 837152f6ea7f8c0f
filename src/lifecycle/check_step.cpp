#include "lifecycle/check_step.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <string_view>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "lifecycle/file_check.hpp"
#include "lifecycle/run_reports.hpp"
#include "lifecycle/vector_check.hpp"
#include "storage/job_repository.hpp"
#include "storage/lifecycle_run_repository.hpp"

namespace vitrine {
namespace {

namespace runs = lifecycle_run_repository;

constexpr auto step_name = "check_consistency";
constexpr std::chrono::milliseconds slice{200};
constexpr std::array<std::string_view, 4> phases{"links", "vectors", "images", "files"};

/// "PHASE FLAGS FROM": flags are 'r' for repair and 'h' for hashing, or '-'.
struct Place {
    std::size_t phase = 0;
    CheckOptions options;
    std::string from; ///< in the phase's own words; empty: its beginning
};

std::string to_text(const Place& place) {
    return fmt::format("{} {}{} {}", phases[place.phase], place.options.repair ? 'r' : '-',
                       place.options.hash_files ? 'h' : '-', place.from);
}

Place place_from(const std::string& text) {
    const auto first = text.find(' ');
    const std::string_view name = std::string_view(text).substr(0, first);
    for (std::size_t phase = 0; phase < phases.size(); ++phase) {
        if (phases[phase] != name || first == std::string::npos || text.size() < first + 4) continue;
        return {.phase = phase,
                .options = {.repair = text[first + 1] == 'r', .hash_files = text[first + 2] == 'h'},
                .from = text.substr(first + 4)};
    }
    throw Error(ErrorCode::Corrupted, fmt::format("A stored check task has the subject '{:.50}'.", text));
}

} // namespace

NewTask CheckStep::first(const CheckOptions& options) {
    return {.kind = step_name,
            .subject = to_text({.phase = 0, .options = options, .from = {}}),
            .priority = {},
            .run_after = {}};
}

std::string CheckStep::kind() const {
    return step_name;
}

StepLimits CheckStep::limits() const {
    return {.max_attempts = 5, .time_limit = Milliseconds{10 * 60 * 1000}}; // a page of a large bucket
}

Outcome CheckStep::compute(const Task& task, const StepContext& context) {
    Place place = place_from(task.subject);
    parts_.files.remove_all(); // what the step before asked for
    const bool begins = place.phase == 0 && place.from.empty();
    const auto end = std::chrono::steady_clock::now() + slice;
    CheckFindings findings;
    bool over = false;
    do { // at least one page
        switch (place.phase) {
        case 0: place.from = compare_links(parts_, place.from, findings); break;
        case 1: place.from = compare_vectors(parts_, place.from, findings); break;
        case 2: place.from = compare_images(parts_, place.from, findings); break;
        default: place.from = compare_files(parts_, place.from, place.options.hash_files, findings); break;
        }
        if (place.from.empty()) ++place.phase;
        over = place.phase == phases.size();
    } while (!over && std::chrono::steady_clock::now() < end && !context.stop.stop_requested());

    return Done{
        .effects =
            [this, job = task.job_id, place, findings, over, begins](Transaction& tx) {
                const Timestamp now = parts_.clock.now();
                CheckReport report;
                report.repair = place.options.repair;
                const auto before = runs::report_of(tx, job);
                if (before && !begins) report = check_report_from(*before);
                settle_vectors(tx, parts_, findings, place.options.repair, report);
                settle_files(tx, parts_, findings, place.options.repair, report);
                runs::save_report(tx, job, run_kind::check, to_json(report), now);
                tx.after_commit(parts_.asked_files);
                if (!over) {
                    return Next{
                        .tasks = {{.kind = step_name, .subject = to_text(place), .priority = {}, .run_after = {}}},
                        .fan_out = {}};
                }
                job_repository::finish(tx, job, JobState::Succeeded, now);
                return Next{};
            },
        .ends_job = over};
}

} // namespace vitrine
