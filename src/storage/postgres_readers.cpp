#include "storage/postgres_readers.hpp"

#include <vitrine/error.hpp>

#include "storage/prepared.hpp"
#include "storage/sql.hpp"

namespace vitrine {
namespace {

/// False when the connection turned out to be gone.
bool begin(PostgresSession& session) {
    try {
        run_prepared(session.sql(), "BEGIN"); // a snapshot: the session's default
        return true;
    } catch (...) {
        const auto failure = session.judge(std::current_exception());
        if (failure.fault == PostgresFault::Lost) return false;
        std::rethrow_exception(failure.error);
    }
}

} // namespace

PostgresSession& PostgresReaders::in_snapshot(std::unique_ptr<PostgresSession>& session) {
    if (!session || !begin(*session)) {
        session.reset(); // first, so that no more than the bound are open
        session = connector_.connect(PostgresUse::Reading);
        if (!begin(*session)) {
            throw Error(ErrorCode::Unavailable, "The database ends every connection; see its log for the reason.");
        }
    }
    return *session;
}

void PostgresReaders::run(const Database::Work& work) {
    ReaderPool<PostgresSession>::Borrowed borrowed(pool_);
    auto& session = borrowed.session();
    try {
        SnapshotTransaction transaction(in_snapshot(session).sql());
        work(transaction);
    } catch (...) {
        const auto error = std::current_exception();
        std::rethrow_exception((session ? session->judge(error) : judge_postgres_error(error)).error);
    }
}

void PostgresReaders::look(const Database::Work& work) {
    ReaderPool<PostgresSession>::Borrowed borrowed(pool_);
    auto& session = borrowed.session();
    for (;;) {
        const bool is_new = !session;
        if (is_new) session = connector_.connect(PostgresUse::Reading);
        try {
            SnapshotTransaction transaction(session->sql());
            return work(transaction);
        } catch (...) {
            const auto failure = session->judge(std::current_exception());
            if (failure.fault != PostgresFault::Lost || is_new) std::rethrow_exception(failure.error);
            session.reset();
        }
    }
}

} // namespace vitrine
