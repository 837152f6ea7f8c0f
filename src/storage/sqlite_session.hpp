#pragma once

#include <exception>
#include <memory>

#include "storage/database.hpp"
#include "storage/sqlite_database.hpp"

namespace vitrine {

enum class SqliteAccess { ReadOnly, ReadWrite };

/// One SQLite connection, set up as Vitrine needs it: WAL, foreign keys held, a busy timeout, decode() and encode() of
/// storage/bytes_column.hpp. For one thread at a time.
class SqliteSession {
public:
    /// Throws Error(Unavailable) when the file cannot be opened, Error(Corrupted) when it is not a database,
    /// Error(BadInput) when its path holds a double quote.
    SqliteSession(const SqliteOptions& options, SqliteAccess access);
    ~SqliteSession();
    SqliteSession(const SqliteSession&) = delete;
    SqliteSession& operator=(const SqliteSession&) = delete;

    [[nodiscard]] SqlSession& sql() noexcept;

    /// How many rows this connection has inserted, changed and removed since it was opened.
    [[nodiscard]] std::int64_t changes() const noexcept;

    /// Whether a transaction is open: SQLite ends one by itself on some errors (disk full, out of memory).
    [[nodiscard]] bool in_transaction() const noexcept;

    /// Ends the transaction; throws what SQLite refuses it with, and then it has to be rolled back.
    void commit();

    /// Rolls back what is open; false when that failed, and the session is of no more use for reading.
    bool roll_back() noexcept;

    /// Whether the transactions from now on are on the disk when COMMIT returns (`PRAGMA synchronous`). Only between
    /// transactions.
    void set_flush(Flush flush);

    /// Whether this connection has changed products or their links since it was asked last, also where that was rolled
    /// back.
    [[nodiscard]] bool take_catalogue_change() noexcept;

    /// Writes the log to the disk; false when the disk refuses.
    [[nodiscard]] bool flush_log() noexcept;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

/// The same failure as one of our errors: busy, locked, full and I/O errors become Unavailable, a broken file
/// Corrupted, a broken constraint Conflict; what is not SQLite's comes back as it is.
std::exception_ptr translate_sqlite_error(const std::exception_ptr& error);

} // namespace vitrine
