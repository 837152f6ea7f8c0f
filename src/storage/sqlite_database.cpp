#include "storage/sqlite_database.hpp"

#include <condition_variable>
#include <mutex>
#include <vector>

#include <vitrine/error.hpp>

#include "storage/group_committer.hpp"
#include "storage/prepared.hpp"
#include "storage/schema.hpp"
#include "storage/sql.hpp"
#include "storage/sqlite_session.hpp"

namespace vitrine {

namespace {

class SqliteWriteSession final : public WriteSession {
public:
    explicit SqliteWriteSession(const SqliteOptions& options)
        : session_(options, SqliteAccess::ReadWrite), durability_(options.durability) {
        try {
            bring_schema_up_to_date(session_.sql(), embedded_migrations(), SystemClock{}.now());
        } catch (const soci::soci_error&) {
            std::rethrow_exception(translate_sqlite_error(std::current_exception()));
        }
    }

    SqlSession& sql() override { return session_.sql(); }

    // IMMEDIATE: another process's lock is met here, where waiting is safe, and not in the middle of a write.
    void begin(Flush flush) override {
        if (disk_failed_) {
            throw Error(ErrorCode::Unavailable,
                        "The disk did not take what was written to the database; check it and start again.");
        }
        if (durability_ == Durability::Full) session_.set_flush(flush);
        run_prepared(session_.sql(), "BEGIN IMMEDIATE");
    }

    void check_open() override {
        if (!session_.in_transaction()) {
            throw Error(ErrorCode::Unavailable,
                        "The database ended the transaction by itself; check its disk's free space.");
        }
    }

    void commit() override { run_prepared(session_.sql(), "COMMIT"); }

    // What a failed flush lost cannot be told: the system may since have dropped it (LWN 752063), so nothing that
    // builds on it may be promised.
    void flush() noexcept override {
        if (durability_ == Durability::Full && !session_.flush_log()) disk_failed_ = true;
    }

    void rollback() noexcept override {
        if (!session_.in_transaction()) return;
        try {
            session_.sql().session() << "ROLLBACK";
        } catch (const soci::soci_error&) {
            // A rollback that fails has already happened (sqlite.org/lang_transaction.html); the next begin tells if
            // not.
        }
    }

    Failure judge(const std::exception_ptr& error) const override {
        return {translate_sqlite_error(error), Aftermath::Refused};
    }

private:
    SqliteSession session_;
    const Durability durability_;
    bool disk_failed_ = false;
};

class SnapshotTransaction final : public Transaction {
public:
    explicit SnapshotTransaction(SqlSession& session) : session_(session) {}

    SqlSession& sql() override { return session_; }
    void after_commit(std::function<void()>) override {
        throw Error(ErrorCode::Internal, "A read has no commit to wait for; use a write.");
    }

private:
    SqlSession& session_;
};

/// A bounded set of read sessions, opened when first needed. Safe from any thread.
class ReadSessions {
public:
    explicit ReadSessions(const SqliteOptions& options) : options_(options) {
        idle_.reserve(static_cast<std::size_t>(options.readers));
    }

    void run(const Database::Work& work) {
        Borrowed session(*this);
        try {
            run_prepared(session->sql(), "BEGIN");
            SnapshotTransaction transaction(session->sql());
            work(transaction);
        } catch (...) {
            std::rethrow_exception(translate_sqlite_error(std::current_exception()));
        }
    }

private:
    class Borrowed {
    public:
        explicit Borrowed(ReadSessions& owner) : owner_(owner), session_(owner.take()) {}
        Borrowed(const Borrowed&) = delete;
        Borrowed& operator=(const Borrowed&) = delete;
        ~Borrowed() { owner_.give_back(std::move(session_)); }
        SqliteSession* operator->() const { return session_.get(); }

    private:
        ReadSessions& owner_;
        std::unique_ptr<SqliteSession> session_;
    };

    std::unique_ptr<SqliteSession> take() {
        std::unique_lock lock(mutex_);
        free_one_.wait(lock, [this] { return !idle_.empty() || opened_ < options_.readers; });
        if (idle_.empty()) {
            auto session = std::make_unique<SqliteSession>(options_, SqliteAccess::ReadOnly);
            ++opened_;
            return session;
        }
        auto session = std::move(idle_.back());
        idle_.pop_back();
        return session;
    }

    void give_back(std::unique_ptr<SqliteSession> session) noexcept {
        const bool usable = end_snapshot(*session);
        {
            const std::lock_guard lock(mutex_);
            if (usable) {
                idle_.push_back(std::move(session)); // never allocates: reserved in the constructor
            } else {
                --opened_;
            }
        }
        free_one_.notify_one();
    }

    static bool end_snapshot(SqliteSession& session) noexcept {
        if (!session.in_transaction()) return true;
        try {
            run_prepared(session.sql(), "ROLLBACK");
            return true;
        } catch (const soci::soci_error&) {
            return false; // the session is closed instead, which ends the snapshot too
        }
    }

    const SqliteOptions options_;
    std::mutex mutex_;
    std::condition_variable free_one_;
    std::vector<std::unique_ptr<SqliteSession>> idle_; ///< guarded by mutex_
    int opened_ = 0;                                   ///< guarded by mutex_
};

class SqliteDatabase final : public Database {
public:
    explicit SqliteDatabase(const SqliteOptions& options)
        : committer_(std::make_unique<SqliteWriteSession>(options)), readers_(options) {}

    void submit(Work work, Done done, Flush flush, About) override {
        committer_.submit(std::move(work), std::move(done), flush);
    }
    void run_read(const Work& work) override { readers_.run(work); }

private:
    GroupCommitter committer_;
    ReadSessions readers_;
};

} // namespace

std::unique_ptr<Database> open_sqlite(const SqliteOptions& options) {
    if (options.readers < 1) throw Error(ErrorCode::BadInput, "A database needs at least one reader.");
    return std::make_unique<SqliteDatabase>(options);
}

} // namespace vitrine
