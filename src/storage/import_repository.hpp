#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <vitrine/import.hpp>
#include <vitrine/time.hpp>

#include "storage/database.hpp"

/// Imports and their rows. Whoever moves a row moves the import's counts and its job's (crops_total, crops_done and
/// crops_failed count rows there) in the same transaction. Every function throws Error(Unavailable) when the database
/// cannot be used now.
namespace vitrine::import_repository {

/// The step that brings an import on, and that rows which end wake up.
inline constexpr auto rows_step = "import_rows";

struct NewImport {
    std::string upload; ///< SHA-256 of what was sent
    std::int64_t bytes = 0;
    bool is_archive = false;
};

struct Import {
    JobId job;
    std::optional<std::string> upload; ///< nothing: it was let go
    std::int64_t bytes = 0;
    bool is_archive = false;
    bool all_read = false;
    ImportRowCounts counts;
};

/// Adds an import without rows to its job. Nothing happens when the job has one. Until the end of the transaction no
/// other process lets go of the upload's file.
void add(Transaction& tx, JobId job, const NewImport& import);

[[nodiscard]] std::optional<Import> find(Transaction& tx, JobId job);

/// As `find`; no other process moves one of its rows until the end of the transaction.
[[nodiscard]] std::optional<Import> hold(Transaction& tx, JobId job);

struct NewRow {
    std::int64_t line = 0;
    std::string product_id;
    std::string image;   ///< as the catalogue has it
    std::string product; ///< its description as JSON
    std::string error;   ///< not empty: a bad row, which has failed
};

/// Adds the rows that are not there yet.
void add_rows(Transaction& tx, JobId job, const std::vector<NewRow>& rows);

/// No rows come any more.
void end_reading(Transaction& tx, JobId job);

/// The rows that failed or were cancelled wait again, but for bad ones: the import's job was started anew.
void reopen(Transaction& tx, JobId job);

struct WaitingRow {
    std::int64_t line = 0;
    std::string image;
    std::string product;
    std::string error; ///< what went wrong last; empty: it was not tried yet
};

/// The waiting rows after `after`, by line, at most `limit`.
[[nodiscard]] std::vector<WaitingRow> waiting(Transaction& tx, JobId job, std::int64_t after, int limit);

/// The row is indexed by `index_job` from now on: waiting → indexing. `own`: the job was made for it. False, and nothing
/// happened, when it does not wait any more. On PostgreSQL `index_job` must be new or held (job_repository::hold), or
/// its end could be missed.
[[nodiscard]] bool begin_indexing(Transaction& tx, JobId job, std::int64_t line, JobId index_job, bool own);

/// waiting → unchanged, indexed or failed (with its sentence, which also goes to the job's errors). False as above.
bool end_waiting(Transaction& tx, JobId job, std::int64_t line, ImportRowState state, const std::string& error);

/// A waiting row could not be begun now, and why; it goes on waiting.
void note_trouble(Transaction& tx, JobId job, std::int64_t line, const std::string& why);

/// Asks that the waiting task of `rows_step` is made due once no more than `indexing` rows are being indexed.
void wake_at(Transaction& tx, JobId job, std::int64_t indexing);

/// The indexing job has ended in `state`, and so do the rows that it indexes: indexed, failed or, where it was cancelled
/// with their import, cancelled. Called by job_repository::finish.
void end_rows_of(Transaction& tx, JobId index_job, JobState state, Timestamp now);

/// Ends the rows whose indexing job has ended or is gone without having told them, if there are any.
void end_forgotten_rows(Transaction& tx, JobId job, Timestamp now);

/// The waiting rows will not be begun.
void cancel_waiting(Transaction& tx, JobId job);

/// The jobs that were made for rows of this import, that no other import's row waits for, and that have not begun.
[[nodiscard]] std::vector<JobId> jobs_not_begun(Transaction& tx, JobId job);

[[nodiscard]] std::vector<ImportRow> rows(Transaction& tx, JobId job, const ImportRowFilter& filter);

/// The import has no more use for its upload: its hash, when no other import has a use for it either.
[[nodiscard]] std::optional<std::string> let_go_upload(Transaction& tx, JobId job);

/// Whether an import has a use for the file of that hash.
[[nodiscard]] bool needs_file(Transaction& tx, const std::string& sha256);

/// The imports after `after` whose job ended before `before`, by job, at most `limit`.
[[nodiscard]] std::vector<Import> ended_before(Transaction& tx, Timestamp before, JobId after, int limit);

/// Removes up to `limit` of the import's rows, and the import itself with the last of them; the job stays. Whether
/// everything is gone.
[[nodiscard]] bool remove_some(Transaction& tx, JobId job, int limit);

} // namespace vitrine::import_repository
