#include "engine/import_steps.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <sstream>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "engine/import_catalogue.hpp"
#include "engine/import_row.hpp"
#include "engine/read_import_step.hpp"
#include "storage/blob_removal_repository.hpp"
#include "storage/image_repository.hpp"
#include "storage/import_repository.hpp"
#include "storage/job_repository.hpp"

namespace vitrine {
namespace {

namespace imports = import_repository;

constexpr int urls_each = 8;                       ///< in a batch, for each that is fetched at one time
constexpr int archive_batch = 128;                 ///< an archive is walked through once for each
constexpr Milliseconds look_again{10 * 60 * 1000}; ///< where no end of an indexing job wakes the step
constexpr Milliseconds store_pause{5'000};

/// "ROUND AFTER SERIAL NOT_BEFORE": which attempt at the waiting rows, the line it has come to, a number that no task
/// of the job has had, and when the servers that asked for patience want to be asked again, in milliseconds.
struct Place {
    int round = 1;
    std::int64_t after = 0;
    std::int64_t serial = 0;
    std::int64_t not_before = 0;
};

Place place_from(const std::string& text) {
    std::istringstream words(text);
    Place place;
    if (!(words >> place.round >> place.after >> place.serial >> place.not_before)) {
        throw Error(ErrorCode::Corrupted, fmt::format("A stored import task has the subject '{:.50}'.", text));
    }
    return place;
}

NewTask task_for(Place place, std::optional<Timestamp> run_after = {}) {
    ++place.serial;
    return {.kind = imports::rows_step,
            .subject = fmt::format("{} {} {} {}", place.round, place.after, place.serial, place.not_before),
            .priority = {},
            .run_after = run_after};
}

Next only(NewTask task) {
    return {.tasks = {std::move(task)}, .fan_out = {}};
}

JobState end_of(const ImportRowCounts& counts) {
    if (counts.failed == 0) return JobState::Succeeded;
    return counts.indexed + counts.unchanged > 0 ? JobState::PartiallySucceeded : JobState::Failed;
}

class ImportRowsStep final : public Step {
public:
    explicit ImportRowsStep(const ImportParts& parts)
        : parts_(parts), rows_({.database = parts.database,
                                .intake = parts.intake,
                                .clock = parts.clock,
                                .blobs = parts.blobs,
                                .downloads = {.bytes_max = parts.picture_bytes_max,
                                              .time_max = parts.limits.download_timeout,
                                              .private_addresses_too = parts.limits.allow_private_addresses},
                                .archives = archive_limits(parts.limits)}) {}

    [[nodiscard]] std::string kind() const override { return imports::rows_step; }

    [[nodiscard]] StepLimits limits() const override {
        constexpr Milliseconds usual{10 * 60 * 1000};                           // a batch of a large archive
        const int rounds = archive_batch / parts_.limits.downloads_at_once + 1; // it may be full of URLs
        return {.max_attempts = 5, .time_limit = usual + rounds * parts_.limits.download_timeout};
    }

    [[nodiscard]] Outcome compute(const Task& task, const StepContext& context) override {
        const JobId job = task.job_id;
        const Place place = place_from(task.subject);
        parts_.works(job);
        struct Found {
            std::optional<imports::Import> import;
            std::vector<imports::WaitingRow> rows;
        };
        const Found found = parts_.database.read([&](Transaction& tx) {
            Found read{.import = imports::find(tx, job), .rows = {}};
            const bool is_archive = read.import && read.import->is_archive;
            read.rows = imports::waiting(tx, job, place.after,
                                         is_archive ? archive_batch : urls_each * parts_.limits.downloads_at_once);
            return read;
        });
        if (!found.import) return Fail{"The rows of this import were removed; send its catalogue again."};
        if (found.rows.empty()) return end_round(job, place);
        if (found.import->is_archive && !found.import->upload) {
            return Fail{"What was sent for this import was removed; send it again."};
        }
        if (found.import->counts.indexing >= parts_.indexing_max) return wait_for_room(job, place);
        return begin(*found.import, place, found.rows, context);
    }

private:
    [[nodiscard]] Outcome begin(const imports::Import& import, Place place,
                                const std::vector<imports::WaitingRow>& rows, const StepContext& context) {
        const bool is_last_round = place.round >= parts_.limits.max_attempts;
        try {
            const auto patience = rows_.begin_all(
                import, rows, {.at_once = parts_.limits.downloads_at_once, .is_last_try = is_last_round}, context.stop);
            if (patience) place.not_before = std::max(place.not_before, patience->time_since_epoch().count());
        } catch (const Error& error) {
            if (error.code() == ErrorCode::Cancelled) return stopped();
            if (!error.retryable()) throw;
            return Retry{
                .after = error.retry_after().value_or(store_pause), .why = error.what(), .counts_as_attempt = false};
        }
        if (context.stop.stop_requested()) return stopped();
        place.after = rows.back().line;
        return Done{[place](Transaction&) { return only(task_for(place)); }};
    }

    /// The rows that still wait are begun by the next attempt.
    static Outcome stopped() {
        return Retry{.after = Milliseconds{0}, .why = "It was stopped between two rows.", .counts_as_attempt = false};
    }

    [[nodiscard]] Outcome wait_for_room(JobId job, const Place& place) const {
        return Done{[this, job, place](Transaction& tx) {
            return wait_until_indexing(tx, job, parts_.indexing_max / 2)
                       ? only(task_for(place, parts_.clock.now() + look_again))
                       : only(task_for(place));
        }};
    }

    /// Whether more than `few` rows are being indexed: then the task that this transaction makes is woken once they are
    /// not.
    [[nodiscard]] bool wait_until_indexing(Transaction& tx, JobId job, std::int64_t few) const {
        imports::end_forgotten_rows(tx, job, parts_.clock.now());
        // Held: the end of an indexing job that this does not see yet comes after the commit, and finds the task.
        const auto now = imports::hold(tx, job);
        const bool many = now && now->counts.indexing > few;
        imports::wake_at(tx, job, many ? few : -1);
        return many;
    }

    [[nodiscard]] Outcome end_round(JobId job, const Place& place) {
        rows_.forget(job);
        return Done{.effects =
                        [this, job, place](Transaction& tx) {
                            const auto now = imports::hold(tx, job);
                            if (now && now->counts.waiting > 0) return only(next_round(place));
                            if (wait_until_indexing(tx, job, 0)) {
                                return only(task_for(place, parts_.clock.now() + look_again));
                            }
                            finish(tx, job);
                            return Next{};
                        },
                    .ends_job = true};
    }

    [[nodiscard]] NewTask next_round(const Place& place) const {
        std::mt19937_64 random{std::random_device{}()};
        const Timestamp soonest = parts_.clock.now() + parts_.pauses.backoff(place.round, {}, random);
        const Timestamp asked{Milliseconds{place.not_before}};
        return task_for({.round = place.round + 1, .after = 0, .serial = place.serial, .not_before = 0},
                        std::max(soonest, asked));
    }

    void finish(Transaction& tx, JobId job) const {
        const auto import = imports::find(tx, job);
        if (!import) return;
        const Timestamp now = parts_.clock.now();
        job_repository::finish(tx, job, end_of(import->counts), now);
        tx.after_commit([ends = parts_.ends, job] { ends(job); });
        if (import->counts.failed > 0) return; // a retry of the job begins with its upload
        const auto upload = imports::let_go_upload(tx, job);
        if (!upload || image_repository::has_original(tx, *upload)) return;
        blob_removal_repository::ask(tx, *upload, import->bytes, now);
        tx.after_commit(parts_.asked_files);
    }

    const ImportParts parts_;
    ImportRows rows_;
};

} // namespace

NewTask first_import_task() {
    return ReadImportStep::task_for(0);
}

std::vector<std::unique_ptr<Step>> make_import_steps(const ImportParts& parts) {
    std::vector<std::unique_ptr<Step>> steps;
    steps.push_back(std::make_unique<ReadImportStep>(parts, task_for({})));
    steps.push_back(std::make_unique<ImportRowsStep>(parts));
    return steps;
}

} // namespace vitrine
