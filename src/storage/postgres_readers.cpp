#include "storage/postgres_readers.hpp"

#include <vitrine/error.hpp>

#include "storage/prepared.hpp"
#include "storage/sql.hpp"

namespace vitrine {
namespace {

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

/// False when the connection turned out to be gone.
bool begin(PostgresSession& session) {
    try {
        run_prepared(session.sql(), "BEGIN"); // a snapshot: the session's default
        return true;
    } catch (...) {
        const auto failure = judge_postgres_error(std::current_exception());
        if (failure.fault == PostgresFault::Lost) return false;
        std::rethrow_exception(failure.error);
    }
}

} // namespace

/// One of the connections, given back at the end.
class PostgresReaders::Borrowed {
public:
    explicit Borrowed(PostgresReaders& owner) : owner_(owner), session_(owner.take()) {}
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    ~Borrowed() { owner_.give_back(std::move(session_)); }

    PostgresSession& in_snapshot() {
        if (!session_ || !begin(*session_)) {
            session_.reset(); // first, so that no more than the bound are open
            session_ = owner_.connector_.connect(PostgresUse::Reading);
            if (!begin(*session_)) {
                throw Error(ErrorCode::Unavailable, "The database ends every connection; see its log for the reason.");
            }
        }
        return *session_;
    }

private:
    PostgresReaders& owner_;
    std::unique_ptr<PostgresSession> session_;
};

void PostgresReaders::run(const Database::Work& work) {
    Borrowed session(*this);
    try {
        SnapshotTransaction transaction(session.in_snapshot().sql());
        work(transaction);
    } catch (...) {
        std::rethrow_exception(judge_postgres_error(std::current_exception()).error);
    }
}

std::unique_ptr<PostgresSession> PostgresReaders::take() {
    std::unique_lock lock(mutex_);
    free_one_.wait(lock, [this] { return !idle_.empty() || opened_ < most_; });
    if (idle_.empty()) {
        ++opened_; // the borrower connects, outside of the lock
        return nullptr;
    }
    auto session = std::move(idle_.back());
    idle_.pop_back();
    return session;
}

void PostgresReaders::give_back(std::unique_ptr<PostgresSession> session) noexcept {
    const bool usable = session && session->roll_back();
    if (!usable) session.reset();
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

} // namespace vitrine
