#include "engine/imports.hpp"

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "engine/import_catalogue.hpp"
#include "engine/stored_file.hpp"
#include "pipeline/subjects.hpp"
#include "storage/import_repository.hpp"
#include "storage/job_repository.hpp"

namespace vitrine {
namespace {

constexpr int priority = 10; ///< before the indexing jobs that it makes, of which it bounds the number
constexpr int errors_shown = 1'000;
constexpr std::size_t worked_on_max = 32; ///< older ones are told of by their own steps alone

} // namespace

JobId Imports::start(const ImportRequest& request) {
    if (static_cast<std::int64_t>(request.upload.size()) > parts_.limits.max_upload_bytes) {
        throw Error(ErrorCode::TooLarge,
                    fmt::format("The catalogue has {} bytes; the limit is {} (imports.max_upload_bytes).",
                                request.upload.size(), parts_.limits.max_upload_bytes));
    }
    check_upload(request.upload, request.is_archive, parts_.limits);
    const std::string sha256 = sha256_hex(request.upload);
    const auto bytes = static_cast<std::int64_t>(request.upload.size());
    return store_and_commit(
        parts_.database, sha256,
        [&](bool, const auto&) {
            parts_.blobs.put(sha256, request.upload);
            return true;
        },
        [&](Transaction& tx, bool, auto known) {
            NewJob import; // member by member: GCC 12 takes the whole for uninitialised
            import.kind = job_kind::import;
            import.subject =
                fmt::format(R"({{"bytes":{},"format":"{}"}})", bytes, request.is_archive ? "archive" : "csv");
            import.priority = priority;
            import.first = first_import_task();
            import.idempotency_key = request.request_key;
            const JobId job = parts_.accept(tx, import);
            import_repository::add(tx, job, {.upload = sha256, .bytes = bytes, .is_archive = request.is_archive});
            keep_file(tx, sha256, known);
            return job;
        });
}

std::optional<ImportOverview> Imports::overview(JobId id) {
    return parts_.database.read([&](Transaction& tx) -> std::optional<ImportOverview> {
        const auto import = import_repository::find(tx, id);
        auto job = job_repository::find(tx, id);
        if (!import || !job) return std::nullopt;
        return ImportOverview{.job = std::move(*job),
                              .counts = import->counts,
                              .all_read = import->all_read,
                              .errors = import_repository::rows(
                                  tx, id, {.state = ImportRowState::Failed, .after = 0, .limit = errors_shown})};
    });
}

std::optional<std::vector<ImportRow>> Imports::rows(JobId job, const ImportRowFilter& filter) {
    return parts_.database.read([&](Transaction& tx) -> std::optional<std::vector<ImportRow>> {
        if (!import_repository::find(tx, job)) return std::nullopt;
        return import_repository::rows(tx, job, filter);
    });
}

void Imports::cancel(Transaction& tx, JobId job) {
    if (!import_repository::hold(tx, job)) return;
    import_repository::cancel_waiting(tx, job);
    for (const JobId index_job : import_repository::jobs_not_begun(tx, job)) {
        parts_.queue.cancel(tx, index_job, "The import was cancelled before it began.", parts_.clock.now());
    }
}

void Imports::note_end(JobId import) {
    const std::lock_guard lock(mutex_);
    worked_on_.erase(import);
}

void Imports::note_work(JobId import) {
    const std::lock_guard lock(mutex_);
    worked_on_.insert(import);
    if (worked_on_.size() > worked_on_max) worked_on_.erase(worked_on_.begin());
}

std::vector<JobId> Imports::worked_on() {
    const std::lock_guard lock(mutex_);
    return {worked_on_.begin(), worked_on_.end()};
}

} // namespace vitrine
