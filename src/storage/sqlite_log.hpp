#pragma once

// SOCI declares SQLite within this namespace.
namespace sqlite_api {
struct sqlite3;
}

namespace vitrine {

class SqliteLog;

/// The name of an SQLite VFS (sqlite.org/vfs.html) whose write-ahead logs know GatheredCommit; all else is done by the
/// system's own VFS. nullptr where that cannot be built upon: SQLite then takes its own, and GatheredCommit does
/// nothing.
[[nodiscard]] const char* gathering_vfs() noexcept;

/// While it lives, what this connection writes to its log goes to the system in one call instead of two for each page,
/// which for a job of forty pages were a tenth of its time. Around one COMMIT, no more: a transaction's pages are
/// gathered until the mark of its last page (sqlite.org/fileformat2.html#walformat), which is written with them and
/// before SQLite flushes the log or tells another connection of it. So nothing is gathered when a COMMIT has succeeded;
/// after one that failed nobody reads its pages, and they are dropped.
class GatheredCommit {
public:
    explicit GatheredCommit(sqlite_api::sqlite3* connection) noexcept;
    ~GatheredCommit();
    GatheredCommit(const GatheredCommit&) = delete;
    GatheredCommit& operator=(const GatheredCommit&) = delete;

private:
    SqliteLog* const log_; ///< nullptr: written page by page
};

} // namespace vitrine
