#include "storage/sqlite_session.hpp"

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <vitrine/error.hpp>

#include "storage/prepared.hpp"
#include "storage/sql.hpp"
#include "storage/sqlite_functions.hpp"
#include "storage/sqlite_log.hpp"

namespace vitrine {

namespace {

// Another process is only ever met for the length of one commit or a checkpoint.
constexpr int busy_timeout_seconds = 10;

/// SQLite's own locks around every call and allocation are a sixth of a small write's time. A connection of ours is
/// used by one thread at a time, which is all that this mode asks (sqlite.org/threadsafe.html).
void leave_locking_to_us() {
    static std::once_flag once;
    std::call_once(once, [] {
        // Refused when SQLite already runs: then it keeps its locks, which is slower and just as right.
        static_cast<void>(sqlite_api::sqlite3_config(SQLITE_CONFIG_MULTITHREAD));
        static_cast<void>(sqlite_api::sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0));
    });
}

std::string connect_string(const SqliteOptions& options, SqliteAccess access) {
    const std::string file = options.file.string();
    if (file.empty() || file.find('"') != std::string::npos) {
        throw Error(
            ErrorCode::BadInput,
            fmt::format("The database file's path '{}' is empty or holds a double quote; choose another.", file));
    }
    std::string words = fmt::format("db=\"{}\" timeout={}", file, busy_timeout_seconds);
    const char* vfs = access == SqliteAccess::ReadWrite ? gathering_vfs() : nullptr;
    if (vfs != nullptr) words += fmt::format(" vfs={}", vfs);
    return words;
}

/// Turns the write-ahead log on; the journal's mode after it. Where several processes do so to a new file at once,
/// SQLite answers some of them "locked" at once, without the busy timeout: these ask again for as long.
std::string turn_log_on(soci::session& session) {
    constexpr std::chrono::milliseconds pause{10};
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(busy_timeout_seconds);
    for (;;) {
        try {
            std::string journal;
            session << "PRAGMA journal_mode = WAL", soci::into(journal);
            return journal;
        } catch (const soci::sqlite3_soci_error& error) {
            const bool locked = (error.result() & 0xff) == SQLITE_BUSY || (error.result() & 0xff) == SQLITE_LOCKED;
            if (!locked || std::chrono::steady_clock::now() > give_up) throw;
        }
        std::this_thread::sleep_for(pause);
    }
}

void set_up(soci::session& session, const SqliteOptions& options, SqliteAccess access) {
    const std::string journal = turn_log_on(session);
    if (journal != "wal") {
        throw Error(ErrorCode::Unavailable,
                    fmt::format("The folder of '{}' does not allow SQLite's write-ahead log; use a local disk.",
                                options.file.string()));
    }
    session << "PRAGMA foreign_keys = ON";
    session << (options.durability == Durability::Full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    session << "PRAGMA temp_store = MEMORY";
    session << "PRAGMA cache_size = -32768"; // KiB
    if (access == SqliteAccess::ReadOnly) session << "PRAGMA query_only = ON";
}

ErrorCode code_of(int result) {
    switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_PROTOCOL: return ErrorCode::Unavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ErrorCode::Corrupted;
    case SQLITE_CONSTRAINT: return ErrorCode::Conflict;
    case SQLITE_TOOBIG: return ErrorCode::TooLarge;
    default: return ErrorCode::Internal;
    }
}

std::string sentence_for(ErrorCode code, const std::string& reason) {
    switch (code) {
    case ErrorCode::Unavailable:
        return fmt::format("The database cannot be used now ({}); check its disk's free space and permissions.",
                           reason);
    case ErrorCode::Corrupted:
        return fmt::format("The database file is damaged or is not a SQLite database ({}); restore it from a backup.",
                           reason);
    case ErrorCode::Conflict: return fmt::format("The database refused the change ({}).", reason);
    case ErrorCode::TooLarge: return fmt::format("The value is larger than the database allows ({}).", reason);
    default: return fmt::format("The database refused a statement ({}).", reason);
    }
}

} // namespace

class SqliteSession::Impl {
public:
    Impl(const SqliteOptions& options, SqliteAccess access)
        : session_(soci::sqlite3, connect_string(options, access)), sql_(session_, SqlSession::Dialect::Sqlite) {
        set_up(session_, options, access);
        register_sqlite_functions(sql_);
        sqlite_api::sqlite3_update_hook(connection(), note_change, &catalogue_changed_);
    }

    [[nodiscard]] sqlite_api::sqlite3* connection() {
        return static_cast<soci::sqlite3_session_backend*>(session_.get_backend())->conn_;
    }

    void set_flush(Flush flush) {
        if (flush_ == flush) return;
        // Not kept as a prepared statement: the pragma takes effect while it is compiled.
        session_ << (flush == Flush::First ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
        flush_ = flush;
    }

    // Called for each row, also of those that a foreign key takes along (sqlite.org/c3ref/update_hook.html).
    static void note_change(void* changed, int, const char*, const char* table, sqlite_api::sqlite3_int64) {
        const std::string_view name = table;
        if (name == "products" || name == "product_images") *static_cast<bool*>(changed) = true;
    }

    soci::session session_;
    SqlSession sql_;
    bool catalogue_changed_ = false;
    Flush flush_ = Flush::First; ///< as set_up left it with Durability::Full
};

SqliteSession::SqliteSession(const SqliteOptions& options, SqliteAccess access) {
    leave_locking_to_us();
    try {
        impl_ = std::make_unique<Impl>(options, access);
    } catch (const soci::soci_error&) {
        std::rethrow_exception(translate_sqlite_error(std::current_exception()));
    }
}

SqliteSession::~SqliteSession() = default;

SqlSession& SqliteSession::sql() noexcept {
    return impl_->sql_;
}

void SqliteSession::set_flush(Flush flush) {
    impl_->set_flush(flush);
}

bool SqliteSession::flush_log() noexcept {
    return vitrine::flush_log(impl_->connection());
}

bool SqliteSession::take_catalogue_change() noexcept {
    return std::exchange(impl_->catalogue_changed_, false);
}

void SqliteSession::commit() {
    const GatheredCommit gathered(impl_->connection());
    run_prepared(sql(), "COMMIT");
}

std::int64_t SqliteSession::changes() const noexcept {
    return sqlite_api::sqlite3_total_changes64(impl_->connection());
}

bool SqliteSession::in_transaction() const noexcept {
    return sqlite_api::sqlite3_get_autocommit(impl_->connection()) == 0;
}

bool SqliteSession::roll_back() noexcept {
    if (!in_transaction()) return true;
    try {
        run_prepared(sql(), "ROLLBACK");
        return true;
    } catch (const soci::soci_error&) {
        return false;
    }
}

std::exception_ptr translate_sqlite_error(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const soci::sqlite3_soci_error& failure) {
        const ErrorCode code = code_of(failure.result());
        return std::make_exception_ptr(Error(code, sentence_for(code, failure.get_error_message())));
    } catch (const soci::soci_error& failure) {
        return std::make_exception_ptr(
            Error(ErrorCode::Internal, sentence_for(ErrorCode::Internal, failure.get_error_message())));
    } catch (...) {
        return error;
    }
}

} // namespace vitrine
