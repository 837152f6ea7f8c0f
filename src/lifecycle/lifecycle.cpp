#include "lifecycle/lifecycle.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "lifecycle/check_step.hpp"
#include "lifecycle/cleanup_step.hpp"
#include "lifecycle/image_removal.hpp"
#include "lifecycle/import_removal.hpp"
#include "lifecycle/run_reports.hpp"
#include "storage/image_reference_repository.hpp"
#include "storage/import_repository.hpp"
#include "storage/lifecycle_run_repository.hpp"

namespace vitrine {
namespace {

namespace runs = lifecycle_run_repository;
namespace references = image_reference_repository;

constexpr int by_a_person = 50; ///< above an import's 0, below a query's 100
constexpr int by_themselves = -50;
constexpr std::chrono::days between_checks{7};

struct NewRun {
    const char* kind;
    std::string report;
    NewTask first;
};

JobId start(Transaction& tx, const LifecycleParts& parts, const NewRun& run, bool by_itself) {
    runs::hold(tx, run.kind);
    if (const auto running = runs::unfinished(tx, run.kind)) return *running;
    const Timestamp now = parts.clock.now();
    const JobId job = parts.queue.accept(tx,
                                         {.kind = run.kind,
                                          .subject = run.first.subject,
                                          .priority = by_itself ? by_themselves : by_a_person,
                                          .first = run.first,
                                          .idempotency_key = {}},
                                         now);
    runs::save_report(tx, job, run.kind, run.report, now);
    return job;
}

} // namespace

std::vector<std::unique_ptr<Step>> make_lifecycle_steps(const LifecycleParts& parts) {
    std::vector<std::unique_ptr<Step>> steps;
    steps.push_back(std::make_unique<CleanupStep>(parts));
    steps.push_back(std::make_unique<ImportRemovalStep>(parts));
    steps.push_back(std::make_unique<CheckStep>(parts));
    return steps;
}

JobId start_cleanup(Transaction& tx, const LifecycleParts& parts, Timestamp cutoff, bool by_itself) {
    CleanupReport report;
    report.cutoff = cutoff;
    return start(tx, parts, {.kind = run_kind::cleanup, .report = to_json(report), .first = CleanupStep::first(cutoff)},
                 by_itself);
}

JobId start_check(Transaction& tx, const LifecycleParts& parts, const CheckOptions& options, bool by_itself) {
    CheckReport report;
    report.repair = options.repair;
    return start(tx, parts, {.kind = run_kind::check, .report = to_json(report), .first = CheckStep::first(options)},
                 by_itself);
}

CleanupReport preview_cleanup(Database& database, Timestamp cutoff) {
    constexpr int page = 500;
    CleanupReport report;
    report.cutoff = cutoff;
    report.dry_run = true;
    std::optional<references::AgedImage> last;
    for (bool more = true; more;) {
        database.read([&](Transaction& tx) {
            const auto images = references::made_before(tx, cutoff, last, page);
            for (const auto& image : images) {
                if (references::use_of(tx, image.id, cutoff) != references::Use::None) continue;
                ++report.images;
                report.crops += references::crops_of(tx, image.id);
                report.bytes += image.bytes;
            }
            more = !images.empty();
            if (more) last = images.back();
        });
    }
    JobId import;
    for (bool more = true; more;) {
        const auto ended =
            database.read([&](Transaction& tx) { return import_repository::ended_before(tx, cutoff, import, page); });
        report.imports += static_cast<std::int64_t>(ended.size());
        more = !ended.empty();
        if (more) import = ended.back().job;
    }
    return report;
}

Timestamp months_from(Timestamp moment, int months) {
    using namespace std::chrono;
    const auto day = floor<days>(moment);
    const auto time = moment - day;
    year_month_day date = year_month_day(day) + std::chrono::months(months);
    if (!date.ok()) date = date.year() / date.month() / last;
    return sys_days(date) + time;
}

void plan_runs(Transaction& tx, Timestamp now) {
    runs::plan(tx, run_kind::cleanup, months_from(now, 1));
    runs::plan(tx, run_kind::check, now + between_checks);
}

bool start_due_runs(Transaction& tx, const LifecycleParts& parts, int query_images_months, Timestamp now) {
    bool started = false;
    if (runs::take_due(tx, run_kind::cleanup, now, months_from(now, 1))) {
        start_cleanup(tx, parts, months_from(now, -query_images_months), true);
        started = true;
    }
    if (runs::take_due(tx, run_kind::check, now, now + between_checks)) {
        start_check(tx, parts, {.repair = true, .hash_files = false}, true);
        started = true;
    }
    return started;
}

std::optional<Timestamp> next_run(Transaction& tx) {
    std::optional<Timestamp> next;
    for (const char* kind : {run_kind::cleanup, run_kind::check}) {
        const auto due = runs::due_at(tx, kind);
        if (due && (!next || *due < *next)) next = due;
    }
    return next;
}

} // namespace vitrine
