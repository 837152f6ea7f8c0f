#include "storage/postgres_write_session.hpp"

#include <chrono>
#include <string_view>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "storage/postgres_listener.hpp"
#include "storage/prepared.hpp"
#include "storage/sql.hpp"

namespace vitrine {
namespace {

/// No server, or none that lets us in: nothing of the group ran, and none of it need be tried one by one.
struct NoServer {
    std::exception_ptr why;
};

/// The commit may have happened, and the server cannot be asked.
struct OutcomeUnknown {};

/// Changes when the server starts, and when it recovers from a crash without ending: it then discards its statistics.
constexpr std::string_view life_of_server =
    "CONCAT(pg_postmaster_start_time(), ' ', (SELECT stats_reset FROM pg_stat_bgwriter))";

} // namespace

void PostgresWriteSession::begin(Flush flush) {
    announcements_.clear();
    for (int attempt = 1;; ++attempt) {
        try {
            if (!session_) session_ = connector_.connect(PostgresUse::Writing);
        } catch (const Error&) {
            throw NoServer{std::current_exception()};
        }
        try {
            if (flush == Flush::First) {
                run_prepared(session_->sql(), "BEGIN");
            } else {
                session_->sql().run("BEGIN; SET LOCAL synchronous_commit = off"); // in one round trip
            }
            return;
        } catch (...) {
            const auto failure = session_->judge(std::current_exception());
            if (failure.fault != PostgresFault::Lost) throw;
            session_.reset();
            constexpr int in_a_row_max = 3; // it connects and then breaks: the server is going down
            if (attempt >= in_a_row_max) throw NoServer{failure.error};
        }
    }
}

void PostgresWriteSession::announce(const std::string& topic, const std::string& detail) {
    announcements_[topic].insert(detail);
}

void PostgresWriteSession::withdraw(const std::string& topic) {
    announcements_[topic].clear();
}

std::optional<bool> PostgresWriteSession::announced(const std::string& topic) const {
    const auto found = announcements_.find(topic);
    return found == announcements_.end() ? std::nullopt : std::optional(!found->second.empty());
}

void PostgresWriteSession::check_open() {
    if (!session_->in_transaction()) {
        throw Error(ErrorCode::Unavailable,
                    "The database ended the transaction by itself; see its log for the reason.");
    }
}

void PostgresWriteSession::commit() {
    const Named transaction = tell_and_ask_name();
    try {
        run_prepared(session_->sql(), "COMMIT");
    } catch (...) {
        // The server may have committed before the connection broke.
        const auto failure = judge_postgres_error(std::current_exception());
        if (failure.fault != PostgresFault::Lost || transaction.number.empty()) throw;
        if (!was_committed(transaction)) throw;
    }
}

/// Hands the announcements over; they go out with the commit. The transaction's name: one
/// question more per group of writes, without which nobody could tell what became of a commit whose answer was lost.
PostgresWriteSession::Named PostgresWriteSession::tell_and_ask_name() {
    std::string lines;
    for (const auto& [topic, details] : announcements_) {
        for (const auto& detail : details) {
            if (!lines.empty()) lines += '\n';
            lines += PostgresListener::in_words(name_, topic, detail);
        }
    }
    static const std::string query = fmt::format(
        "SELECT CAST(pg_current_xact_id_if_assigned() AS TEXT), {}, (SELECT COUNT(pg_notify('vitrine', line)) "
        "FROM unnest(string_to_array(:lines, chr(10))) AS line)",
        life_of_server);
    Named transaction;
    soci::indicator has_written = soci::i_null;
    long long told = 0;
    run_prepared(session_->sql(), query, soci::use(lines, "lines"), soci::into(transaction.number, has_written),
                 soci::into(transaction.life), soci::into(told));
    if (has_written != soci::i_ok) transaction.number.clear();
    return transaction;
}

bool PostgresWriteSession::was_committed(const Named& transaction) {
    const auto give_up = std::chrono::steady_clock::now() + connector_.patience();
    for (int attempt = 1; std::chrono::steady_clock::now() < give_up; ++attempt) {
        const std::string status = status_of(transaction);
        if (status == "committed") return true;
        if (status == "aborted") return false;
        if (status.empty()) break;                         // so long ago that the server has forgotten
        if (!connector_.sleep_before_next(attempt)) break; // "in progress": it has not noticed yet that we are gone
    }
    throw OutcomeUnknown{};
}

std::string PostgresWriteSession::status_of(const Named& transaction) {
    try {
        session_.reset();
        session_ = connector_.connect(PostgresUse::Writing);
        static const std::string query =
            fmt::format("SELECT pg_xact_status(CAST(CAST(:transaction AS TEXT) AS xid8)), {}", life_of_server);
        std::string status, life;
        soci::indicator known = soci::i_null;
        run_prepared(session_->sql(), query, soci::use(transaction.number, "transaction"), soci::into(status, known),
                     soci::into(life));
        // The number may by now be another's, whose fate says nothing of ours.
        if (life != transaction.life) throw OutcomeUnknown{};
        return known == soci::i_ok ? status : std::string();
    } catch (const Error&) {
        throw OutcomeUnknown{}; // the patience is over
    } catch (const soci::soci_error&) {
        return "unreachable";
    }
}

void PostgresWriteSession::rollback() noexcept {
    if (session_ && !session_->roll_back()) session_.reset();
}

WriteSession::Failure PostgresWriteSession::judge(const std::exception_ptr& error) const {
    try {
        std::rethrow_exception(error);
    } catch (const NoServer& none) {
        return {none.why, Aftermath::Over};
    } catch (const OutcomeUnknown&) {
        return {std::make_exception_ptr(Error(ErrorCode::Unavailable,
                                              "The connection to the database broke while a change was being stored, "
                                              "and it cannot be asked whether it was; look before you repeat it.")),
                Aftermath::Over};
    } catch (...) {
        const auto failure = session_ ? session_->judge(error) : judge_postgres_error(error);
        const bool again = failure.fault == PostgresFault::Contended || failure.fault == PostgresFault::Lost;
        return {failure.error, again ? Aftermath::Again : Aftermath::Refused};
    }
}

} // namespace vitrine
