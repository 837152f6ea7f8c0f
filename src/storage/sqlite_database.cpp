#include "storage/sqlite_database.hpp"

#include <atomic>
#include <cstdint>
#include <optional>

#include <vitrine/error.hpp>

#include "storage/group_committer.hpp"
#include "storage/prepared.hpp"
#include "storage/reader_pool.hpp"
#include "storage/schema.hpp"
#include "storage/sql.hpp"
#include "storage/sqlite_session.hpp"

namespace vitrine {

namespace {

class SqliteWriteSession final : public WriteSession {
public:
    SqliteWriteSession(const SqliteOptions& options, std::atomic<std::int64_t>& catalogue_version)
        : session_(options, SqliteAccess::ReadWrite), durability_(options.durability),
          catalogue_version_(catalogue_version) {
        try {
            bring_schema_up_to_date(session_.sql(), embedded_migrations(), SystemClock{}.now());
        } catch (const soci::soci_error&) {
            std::rethrow_exception(translate_sqlite_error(std::current_exception()));
        }
    }

    SqlSession& sql() override { return session_.sql(); }

    // IMMEDIATE: another process's lock is met here, where waiting is safe, and not in the middle of a write.
    void begin(Flush flush) override {
        announcements().clear();
        check_disk();
        flush_ = flush;
        if (durability_ == Durability::Full) session_.set_flush(flush);
        run_prepared(session_.sql(), "BEGIN IMMEDIATE");
        changes_before_ = session_.changes();
    }

    void check_open() override {
        if (!session_.in_transaction()) {
            throw Error(ErrorCode::Unavailable,
                        "The database ended the transaction by itself; check its disk's free space.");
        }
    }

    void commit() override {
        session_.commit();
        if (session_.take_catalogue_change()) ++catalogue_version_;
        if (flush_ == Flush::Soon || session_.changes() != changes_before_) return;
        flush(); // SQLite flushes no log for nothing, and what others committed before may not be on the disk yet
        check_disk();
    }

    // What a failed flush lost cannot be told: the system may since have dropped it (LWN 752063), so nothing that
    // builds on it may be promised.
    void flush() noexcept override {
        if (durability_ == Durability::Full && !session_.flush_log()) disk_failed_ = true;
    }

    // One that fails has happened already (sqlite.org/lang_transaction.html); the next begin tells if not.
    void rollback() noexcept override {
        session_.roll_back();
        if (session_.take_catalogue_change()) ++catalogue_version_; // a commit may have failed with its work done
    }

    Failure judge(const std::exception_ptr& error) const override {
        return {translate_sqlite_error(error), Aftermath::Refused};
    }

private:
    void check_disk() const {
        if (!disk_failed_) return;
        throw Error(ErrorCode::Unavailable,
                    "The disk did not take what was written to the database; check it and start again.");
    }

    SqliteSession session_;
    const Durability durability_;
    std::atomic<std::int64_t>& catalogue_version_;
    Flush flush_ = Flush::First;      ///< of the transaction
    std::int64_t changes_before_ = 0; ///< it
    bool disk_failed_ = false;
};

/// A bounded set of read sessions, opened when first needed. Safe from any thread.
class ReadSessions {
public:
    explicit ReadSessions(const SqliteOptions& options) : options_(options), pool_(options.readers) {}

    void run(const Database::Work& work, bool in_snapshot) {
        ReaderPool<SqliteSession>::Borrowed borrowed(pool_);
        auto& session = borrowed.session();
        try {
            if (!session) session = std::make_unique<SqliteSession>(options_, SqliteAccess::ReadOnly);
            if (in_snapshot) run_prepared(session->sql(), "BEGIN");
            SnapshotTransaction transaction(session->sql());
            work(transaction);
        } catch (...) {
            std::rethrow_exception(translate_sqlite_error(std::current_exception()));
        }
    }

private:
    const SqliteOptions options_;
    ReaderPool<SqliteSession> pool_;
};

class SqliteDatabase final : public Database {
public:
    explicit SqliteDatabase(const SqliteOptions& options)
        : committer_(std::make_unique<SqliteWriteSession>(options, catalogue_version_)), readers_(options) {}

    void submit(Work work, Done done, Flush flush, About) override {
        committer_.submit(std::move(work), std::move(done), flush);
    }
    void run_write(const Work& work, Flush flush) override {
        if (!committer_.write_at_once(work, flush)) Database::run_write(work, flush);
    }
    [[nodiscard]] std::optional<std::int64_t> catalogue_version() const noexcept override { return catalogue_version_; }
    void run_read(const Work& work) override { readers_.run(work, true); }
    void run_look(const Work& work) override { readers_.run(work, false); }

private:
    std::atomic<std::int64_t> catalogue_version_ = 0; ///< first: the committer's session counts it up
    GroupCommitter committer_;
    ReadSessions readers_;
};

} // namespace

std::unique_ptr<Database> open_sqlite(const SqliteOptions& options) {
    if (options.readers < 1) throw Error(ErrorCode::BadInput, "A database needs at least one reader.");
    return std::make_unique<SqliteDatabase>(options);
}

} // namespace vitrine
