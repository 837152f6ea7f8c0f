#include "storage/import_repository.hpp"

#include <fmt/format.h>

#include "storage/job_repository.hpp"
#include "storage/moment_column.hpp"
#include "storage/prepared.hpp"
#include "storage/queue_topics.hpp"
#include "storage/stored_sentence.hpp"
#include "storage/task_repository.hpp"

namespace vitrine::import_repository {
namespace {

using soci::into;
using soci::use;

constexpr std::string_view columns = "job_id, upload, bytes, format, all_read, waiting, indexing, indexed, unchanged, "
                                     "failed, cancelled";

struct Record {
    long long job_id = 0, bytes = 0, waiting = 0, indexing = 0, indexed = 0, unchanged = 0, failed = 0, cancelled = 0;
    int all_read = 0;
    std::string upload, format;
    soci::indicator has_upload = soci::i_null;

    [[nodiscard]] Import to_import() const {
        return {.job = {job_id},
                .upload = has_upload == soci::i_ok ? std::optional(upload) : std::nullopt,
                .bytes = bytes,
                .is_archive = format == "archive",
                .all_read = all_read != 0,
                .counts = {.waiting = waiting,
                           .indexing = indexing,
                           .indexed = indexed,
                           .unchanged = unchanged,
                           .failed = failed,
                           .cancelled = cancelled}};
    }
};

std::optional<Import> first_of(std::vector<Import> imports) {
    return imports.empty() ? std::nullopt : std::optional(std::move(imports.front()));
}

template <class... Bound>
std::vector<Import> select(Transaction& tx, const std::string& query, const Bound&... bound) {
    Record row;
    std::vector<Import> imports;
    for_each_row(
        tx, query, [&] { imports.push_back(row.to_import()); }, bound..., into(row.job_id),
        into(row.upload, row.has_upload), into(row.bytes), into(row.format), into(row.all_read), into(row.waiting),
        into(row.indexing), into(row.indexed), into(row.unchanged), into(row.failed), into(row.cancelled));
    return imports;
}

/// The job's counts say what the import's say.
void tell_job(Transaction& tx, JobId job, const ImportRowCounts& counts) {
    job_repository::set_crops(tx, job,
                              {.total = static_cast<int>(counts.rows()),
                               .done = static_cast<int>(counts.indexed + counts.unchanged),
                               .failed = static_cast<int>(counts.failed)});
}

/// `count` rows went from one state to another.
void count(Transaction& tx, JobId job, ImportRowState from, ImportRowState to, long long rows, Timestamp now) {
    const long long id = job.value;
    const auto moved = first_of(
        select(tx,
               fmt::format("UPDATE imports SET {0} = {0} - :rows, {1} = {1} + :rows WHERE job_id = :job RETURNING {2}",
                           to_string(from), to_string(to), columns),
               use(rows, "rows"), use(id, "job")));
    if (!moved) return;
    tell_job(tx, job, moved->counts);
    if (from != ImportRowState::Indexing) return;
    const long long indexing = moved->counts.indexing;
    const bool wanted = change_prepared(tx, "UPDATE imports SET wake_at = -1 WHERE job_id = :job AND wake_at >= :rows",
                                        use(id, "job"), use(indexing, "rows")) == 1;
    if (wanted && task_repository::hurry(tx, job, rows_step, now)) tx.announce(queue_topic::ready, "");
}

/// False, and nothing happened, when the row is in another state.
bool move(Transaction& tx, JobId job, std::int64_t line, ImportRowState from, ImportRowState to,
          const std::string& why = {}) {
    const long long id = job.value;
    const long long at = line;
    const std::string before{to_string(from)}, after{to_string(to)};
    const std::string error = stored_sentence(why);
    // A row that failed or was cancelled may be begun again; of one that is done its product has the description.
    const int done = to == ImportRowState::Indexed || to == ImportRowState::Unchanged ? 1 : 0;
    return change_prepared(tx,
                           "UPDATE import_rows SET state = :to, error = :error, "
                           "product = CASE WHEN :done = 1 THEN '' ELSE product END, "
                           "image = CASE WHEN :done = 1 THEN '' ELSE image END "
                           "WHERE job_id = :job AND line = :line AND state = :from",
                           use(after, "to"), use(error, "error"), use(done, "done"), use(id, "job"), use(at, "line"),
                           use(before, "from")) == 1;
}

std::string in_line(std::int64_t line, const std::string& error) {
    return fmt::format("Line {}: {}", line, error);
}

struct IndexedRow {
    JobId import;
    std::int64_t line = 0;
};

std::vector<IndexedRow> rows_of(Transaction& tx, JobId index_job) {
    const long long id = index_job.value;
    long long import = 0, line = 0;
    std::vector<IndexedRow> rows;
    for_each_row(
        tx,
        "SELECT job_id, line FROM import_rows WHERE index_job_id = :job AND state = 'indexing' ORDER BY job_id, line",
        [&] { rows.push_back({.import = {import}, .line = line}); }, use(id, "job"), into(import), into(line));
    return rows;
}

/// What a row becomes whose indexing job has ended in `state`.
ImportRowState end_for(Transaction& tx, JobId import, JobState state) {
    if (state == JobState::Succeeded || state == JobState::PartiallySucceeded) return ImportRowState::Indexed;
    const bool together = state == JobState::Cancelled && job_repository::state_of(tx, import) == JobState::Cancelled;
    return together ? ImportRowState::Cancelled : ImportRowState::Failed;
}

std::string why_not_indexed(Transaction& tx, JobId index_job, JobState state) {
    const auto job = job_repository::find(tx, index_job);
    if (!job) return fmt::format("Job {} was removed before it ended.", index_job.value);
    if (!job->errors.empty()) return job->errors.back();
    return fmt::format("Job {} ended {}.", index_job.value, to_string(state));
}

/// One process at a time comes to need a file, or ceases to: neither sees the other's row before its commit.
void hold_file(Transaction& tx, const std::string& sha256) {
    if (!is_postgres(tx)) return;
    int locked = 0;
    run_prepared(tx, "SELECT 1 FROM (SELECT pg_advisory_xact_lock(709140332, hashtext(CAST(:file AS TEXT)))) AS held",
                 use(sha256, "file"), into(locked));
}

} // namespace

void add(Transaction& tx, JobId job, const NewImport& import) {
    hold_file(tx, import.upload);
    const long long id = job.value;
    const long long bytes = import.bytes;
    const std::string format = import.is_archive ? "archive" : "csv";
    run_prepared(tx,
                 "INSERT INTO imports (job_id, upload, bytes, format) VALUES (:job, :upload, :bytes, :format) "
                 "ON CONFLICT (job_id) DO NOTHING",
                 use(id, "job"), use(import.upload, "upload"), use(bytes, "bytes"), use(format, "format"));
}

std::optional<Import> find(Transaction& tx, JobId job) {
    const long long id = job.value;
    return first_of(select(tx, fmt::format("SELECT {} FROM imports WHERE job_id = :job", columns), use(id, "job")));
}

std::optional<Import> hold(Transaction& tx, JobId job) {
    if (!is_postgres(tx)) return find(tx, job);
    const long long id = job.value;
    return first_of(
        select(tx, fmt::format("SELECT {} FROM imports WHERE job_id = :job FOR UPDATE", columns), use(id, "job")));
}

void add_rows(Transaction& tx, JobId job, const std::vector<NewRow>& rows) {
    const long long id = job.value;
    long long waiting = 0, failed = 0;
    for (const auto& row : rows) {
        const long long line = row.line;
        const bool bad = !row.error.empty();
        const std::string state{to_string(bad ? ImportRowState::Failed : ImportRowState::Waiting)};
        const std::string error = stored_sentence(row.error);
        const bool is_new =
            change_prepared(tx,
                            "INSERT INTO import_rows (job_id, line, state, product_id, image, product, "
                            "error) VALUES (:job, :line, :state, :product_id, :image, :product, :error) "
                            "ON CONFLICT (job_id, line) DO NOTHING",
                            use(id, "job"), use(line, "line"), use(state, "state"), use(row.product_id, "product_id"),
                            use(row.image, "image"), use(row.product, "product"), use(error, "error")) == 1;
        if (!is_new) continue;
        ++(bad ? failed : waiting);
        if (bad) job_repository::add_error(tx, job, in_line(row.line, error));
    }
    const auto now = first_of(select(
        tx,
        fmt::format("UPDATE imports SET waiting = waiting + :waiting, failed = failed + :failed WHERE job_id = :job "
                    "RETURNING {}",
                    columns),
        use(waiting, "waiting"), use(failed, "failed"), use(id, "job")));
    if (now) tell_job(tx, job, now->counts);
}

void end_reading(Transaction& tx, JobId job) {
    const long long id = job.value;
    run_prepared(tx, "UPDATE imports SET all_read = 1 WHERE job_id = :job", use(id, "job"));
}

void reopen(Transaction& tx, JobId job) {
    const long long id = job.value;
    const auto wait_again = [&](const std::string& from) {
        return change_prepared(tx,
                               "UPDATE import_rows SET state = 'waiting', error = '', index_job_id = NULL "
                               "WHERE job_id = :job AND state = :from AND product <> ''",
                               use(id, "job"), use(from, "from"));
    };
    const long long failed = wait_again("failed");
    const long long cancelled = wait_again("cancelled");
    const long long again = failed + cancelled;
    const auto now =
        first_of(select(tx,
                        fmt::format("UPDATE imports SET failed = failed - :failed, "
                                    "cancelled = cancelled - :cancelled, waiting = waiting + :waiting "
                                    "WHERE job_id = :job RETURNING {}",
                                    columns),
                        use(failed, "failed"), use(cancelled, "cancelled"), use(again, "waiting"), use(id, "job")));
    if (now) tell_job(tx, job, now->counts);
}

std::vector<WaitingRow> waiting(Transaction& tx, JobId job, std::int64_t after, int limit) {
    const long long id = job.value;
    const long long from = after;
    long long line = 0;
    WaitingRow row;
    std::vector<WaitingRow> rows;
    for_each_row(
        tx,
        "SELECT line, image, product, error FROM import_rows WHERE job_id = :job AND state = 'waiting' "
        "AND line > :after ORDER BY line LIMIT :limit",
        [&] {
            row.line = line;
            rows.push_back(row);
        },
        use(id, "job"), use(from, "after"), use(limit, "limit"), into(line), into(row.image), into(row.product),
        into(row.error));
    return rows;
}

bool begin_indexing(Transaction& tx, JobId job, std::int64_t line, JobId index_job, bool own) {
    const long long id = job.value;
    const long long at = line;
    const long long indexer = index_job.value;
    const int made = own ? 1 : 0;
    const bool begun = change_prepared(tx,
                                       "UPDATE import_rows SET state = 'indexing', index_job_id = :indexer, "
                                       "own_job = :own, error = '' "
                                       "WHERE job_id = :job AND line = :line AND state = 'waiting'",
                                       use(indexer, "indexer"), use(made, "own"), use(id, "job"), use(at, "line")) == 1;
    if (begun) count(tx, job, ImportRowState::Waiting, ImportRowState::Indexing, 1, {});
    return begun;
}

bool end_waiting(Transaction& tx, JobId job, std::int64_t line, ImportRowState state, const std::string& error) {
    if (!move(tx, job, line, ImportRowState::Waiting, state, error)) return false;
    count(tx, job, ImportRowState::Waiting, state, 1, {});
    if (!error.empty()) job_repository::add_error(tx, job, in_line(line, error));
    return true;
}

void note_trouble(Transaction& tx, JobId job, std::int64_t line, const std::string& why) {
    const long long id = job.value;
    const long long at = line;
    const std::string error = stored_sentence(why);
    run_prepared(tx, "UPDATE import_rows SET error = :error WHERE job_id = :job AND line = :line AND state = 'waiting'",
                 use(error, "error"), use(id, "job"), use(at, "line"));
}

void wake_at(Transaction& tx, JobId job, std::int64_t indexing) {
    const long long id = job.value;
    const long long at = indexing;
    run_prepared(tx, "UPDATE imports SET wake_at = :at WHERE job_id = :job", use(at, "at"), use(id, "job"));
}

void end_rows_of(Transaction& tx, JobId index_job, JobState state, Timestamp now) {
    for (const auto& row : rows_of(tx, index_job)) {
        const auto to = end_for(tx, row.import, state);
        const bool bad = to == ImportRowState::Failed;
        const auto error = bad ? why_not_indexed(tx, index_job, state) : std::string();
        if (!move(tx, row.import, row.line, ImportRowState::Indexing, to, error)) continue;
        count(tx, row.import, ImportRowState::Indexing, to, 1, now);
        if (bad) job_repository::add_error(tx, row.import, in_line(row.line, error));
    }
}

void end_forgotten_rows(Transaction& tx, JobId job, Timestamp now) {
    const long long id = job.value;
    long long indexer = 0;
    std::string state;
    soci::indicator is_there = soci::i_null;
    std::vector<std::pair<JobId, JobState>> ended;
    for_each_row(
        tx,
        "SELECT DISTINCT r.index_job_id, j.state FROM import_rows r LEFT JOIN jobs j ON j.id = r.index_job_id "
        "WHERE r.job_id = :job AND r.state = 'indexing' AND (j.id IS NULL OR j.finished_at IS NOT NULL) "
        "ORDER BY r.index_job_id",
        [&] {
            const auto known = is_there == soci::i_ok ? job_state_from(state) : std::nullopt;
            ended.emplace_back(JobId{indexer}, known.value_or(JobState::Cancelled));
        },
        use(id, "job"), into(indexer), into(state, is_there));
    for (const auto& [index_job, its_state] : ended) end_rows_of(tx, index_job, its_state, now);
}

void cancel_waiting(Transaction& tx, JobId job) {
    const long long id = job.value;
    const long long rows = change_prepared(
        tx, "UPDATE import_rows SET state = 'cancelled' WHERE job_id = :job AND state = 'waiting'", use(id, "job"));
    if (rows > 0) count(tx, job, ImportRowState::Waiting, ImportRowState::Cancelled, rows, {});
}

std::vector<JobId> jobs_not_begun(Transaction& tx, JobId job) {
    const long long id = job.value;
    long long indexer = 0;
    std::vector<JobId> jobs;
    for_each_row(
        tx,
        "SELECT DISTINCT r.index_job_id FROM import_rows r JOIN jobs j ON j.id = r.index_job_id "
        "WHERE r.job_id = :job AND r.state = 'indexing' AND r.own_job = 1 AND j.state = 'queued' "
        "AND NOT EXISTS (SELECT 1 FROM import_rows o WHERE o.index_job_id = r.index_job_id AND o.state = 'indexing' "
        "AND o.job_id <> :job) ORDER BY r.index_job_id",
        [&] { jobs.push_back({indexer}); }, use(id, "job"), into(indexer));
    return jobs;
}

std::optional<std::string> let_go_upload(Transaction& tx, JobId job) {
    const auto import = hold(tx, job);
    if (!import || !import->upload) return std::nullopt;
    hold_file(tx, *import->upload);
    const long long id = job.value;
    run_prepared(tx, "UPDATE imports SET upload = NULL WHERE job_id = :job", use(id, "job"));
    return needs_file(tx, *import->upload) ? std::nullopt : import->upload;
}

bool needs_file(Transaction& tx, const std::string& sha256) {
    int found = 0;
    return run_prepared(tx, "SELECT 1 FROM imports WHERE upload = :upload LIMIT 1", use(sha256, "upload"), into(found));
}

std::vector<Import> ended_before(Transaction& tx, Timestamp before, JobId after, int limit) {
    const long long until = to_column(before);
    const long long from = after.value;
    return select(tx,
                  fmt::format("SELECT {} FROM imports WHERE job_id > :after AND EXISTS (SELECT 1 FROM jobs j "
                              "WHERE j.id = imports.job_id AND j.finished_at < :before) ORDER BY job_id LIMIT :limit",
                              columns),
                  use(from, "after"), use(until, "before"), use(limit, "limit"));
}

bool remove_some(Transaction& tx, JobId job, int limit) {
    const long long id = job.value;
    const auto removed = change_prepared(tx,
                                         "DELETE FROM import_rows WHERE job_id = :job AND line IN (SELECT line FROM "
                                         "import_rows WHERE job_id = :job ORDER BY line LIMIT :limit)",
                                         use(id, "job"), use(limit, "limit"));
    if (removed == limit) return false;
    run_prepared(tx, "DELETE FROM imports WHERE job_id = :job", use(id, "job"));
    return true;
}

} // namespace vitrine::import_repository
