#pragma once

// SOCI declares SQLite within this namespace.
namespace sqlite_api {
struct sqlite3;
}

namespace vitrine {

class LogWrites;

/// The name of an SQLite VFS (sqlite.org/vfs.html) whose write-ahead logs know GatheredCommit; all else is done by
/// SQLite's VFS for POSIX. nullptr where that is not to be had: SQLite then takes its own, and GatheredCommit does
/// nothing. Starts SQLite, whose sqlite3_config comes before. Safe from any thread.
[[nodiscard]] const char* gathering_vfs() noexcept;

/// Writes the connection's log to the disk; false when the disk refuses. Whatever its VFS is.
[[nodiscard]] bool flush_log(sqlite_api::sqlite3* connection) noexcept;

/// While it lives, what this connection writes to its log goes to the system in one call instead of two for each page.
/// Around one COMMIT, no more, on the connection's thread: a transaction's pages are gathered until the mark of its
/// last page (sqlite.org/fileformat2.html#walformat), which is written with them and before SQLite flushes the log or
/// tells another connection of it. So nothing is held back when a COMMIT has succeeded. Of one that failed what was
/// gathered is dropped: whose COMMIT fails has to roll back (docs/decisions/log-written-at-once.md). Throws nothing.
class GatheredCommit {
public:
    explicit GatheredCommit(sqlite_api::sqlite3* connection) noexcept;
    ~GatheredCommit();
    GatheredCommit(const GatheredCommit&) = delete;
    GatheredCommit& operator=(const GatheredCommit&) = delete;

private:
    LogWrites* const log_; ///< nullptr: written page by page
};

} // namespace vitrine
