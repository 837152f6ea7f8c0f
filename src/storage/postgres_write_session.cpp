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

const std::string begin_first = "BEGIN; SELECT CAST(pg_current_xact_id() AS TEXT)";
const std::string begin_soon = "BEGIN; SET LOCAL synchronous_commit = off; SELECT CAST(pg_current_xact_id() AS TEXT)";

/// Changes when the server starts, and when it recovers from a crash without ending: it then discards its statistics.
constexpr std::string_view select_life_of_server =
    "SELECT CONCAT(pg_postmaster_start_time(), ' ', (SELECT stats_reset FROM pg_stat_bgwriter))";

} // namespace

void PostgresWriteSession::begin(Flush flush) {
    announcements().clear();
    for (int attempt = 1;; ++attempt) {
        try {
            if (!session_) connect();
        } catch (const Error&) {
            throw NoServer{std::current_exception()};
        }
        try {
            // With its number, without which nobody could tell what became of a commit whose answer was lost.
            session_->sql().run(flush == Flush::First ? begin_first : begin_soon, soci::into(number_));
            life_ = life_of_server_;
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

void PostgresWriteSession::check_open() {
    if (!session_->in_transaction()) {
        throw Error(ErrorCode::Unavailable,
                    "The database ended the transaction by itself; see its log for the reason.");
    }
}

/// A connection never outlives the life of its server in which it was made.
void PostgresWriteSession::connect() {
    session_ = connector_.connect(PostgresUse::Writing);
    run_prepared(session_->sql(), select_life_of_server, soci::into(life_of_server_));
}

void PostgresWriteSession::commit() {
    try {
        if (const std::string text = announcing_text(); !text.empty()) {
            session_->sql().run(text + "COMMIT");
        } else {
            run_prepared(session_->sql(), "COMMIT");
        }
    } catch (...) {
        // The server may have committed before the connection broke.
        if (judge_postgres_error(std::current_exception()).fault != PostgresFault::Lost) throw;
        if (!was_committed()) throw;
    }
}

/// The announcements as statements; they go out with the commit.
std::string PostgresWriteSession::announcing_text() {
    std::string text;
    for (const auto& [topic, details] : announcements().by_topic()) {
        for (const auto& detail : details) {
            std::string words = PostgresListener::in_words(name_, topic, detail);
            for (auto at = words.find('\''); at != std::string::npos; at = words.find('\'', at + 2))
                words.insert(at, 1, '\'');
            text += fmt::format("NOTIFY vitrine, '{}'; ", words);
        }
    }
    return text;
}

bool PostgresWriteSession::was_committed() {
    const auto give_up = std::chrono::steady_clock::now() + connector_.patience();
    for (int attempt = 1; std::chrono::steady_clock::now() < give_up; ++attempt) {
        const std::string found = status();
        if (found == "committed") return true;
        if (found == "aborted") return false;
        if (found.empty()) break;                          // so long ago that the server has forgotten
        if (!connector_.sleep_before_next(attempt)) break; // "in progress": it has not noticed yet that we are gone
    }
    throw OutcomeUnknown{};
}

std::string PostgresWriteSession::status() {
    try {
        session_.reset();
        connect();
        // The number may by now be another's, whose fate says nothing of ours.
        if (life_of_server_ != life_) throw OutcomeUnknown{};
        std::string found;
        soci::indicator known = soci::i_null;
        run_prepared(session_->sql(), "SELECT pg_xact_status(CAST(CAST(:transaction AS TEXT) AS xid8))",
                     soci::use(number_, "transaction"), soci::into(found, known));
        return known == soci::i_ok ? found : std::string();
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
