#include "storage/postgres_write_session.hpp"

#include <array>
#include <chrono>
#include <string_view>

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
constexpr std::string_view select_life_of_server =
    "SELECT CONCAT(pg_postmaster_start_time(), ' ', (SELECT stats_reset FROM pg_stat_bgwriter))";

Error ended_by_itself() {
    return {ErrorCode::Unavailable, "The database ended the transaction by itself; see its log for the reason."};
}

} // namespace

void PostgresWriteSession::begin(Flush flush) {
    announcements().clear();
    number_.clear();
    try {
        if (!session_) connect();
    } catch (const Error&) {
        throw NoServer{std::current_exception()};
    }
    // All this goes out with the first statement; where the connection is found broken, the writes run again.
    auto& pipeline = *session_->sql().pipeline();
    pipeline.send("BEGIN", {});
    if (flush == Flush::Soon) pipeline.send("SET LOCAL synchronous_commit = off", {});
    // Without its number nobody could tell what became of a commit whose answer was lost.
    pipeline.send("SELECT CAST(pg_current_xact_id() AS TEXT)", {},
                  [this](const PostgresPipeline::Row& row) { number_ = row.column(0); });
    life_ = life_of_server_;
}

void PostgresWriteSession::check_open() {
    if (!session_->in_transaction()) throw ended_by_itself();
}

void PostgresWriteSession::settle() {
    session_->sql().pipeline()->settle();
}

/// A connection never outlives the life of its server in which it was made.
void PostgresWriteSession::connect() {
    session_ = connector_.connect(PostgresUse::Writing);
    run_prepared(session_->sql(), select_life_of_server, soci::into(life_of_server_));
}

void PostgresWriteSession::commit() {
    auto& pipeline = *session_->sql().pipeline();
    if (number_.empty()) pipeline.settle();
    try {
        announce();
        if (pipeline.run("COMMIT", {}, {}).is_rolled_back) throw ended_by_itself();
    } catch (...) {
        // The server may have committed before the connection broke.
        if (judge_postgres_error(std::current_exception()).fault != PostgresFault::Lost) throw;
        if (!was_committed()) throw;
    }
}

/// The announcements go out with the commit.
void PostgresWriteSession::announce() {
    for (const auto& [topic, details] : announcements().by_topic()) {
        for (const auto& detail : details) {
            const std::string words = PostgresListener::in_words(name_, topic, detail);
            const std::array values{PostgresPipeline::Value{.name = "words", .text = words.c_str()}};
            session_->sql().pipeline()->send("SELECT pg_notify('vitrine', :words)", values);
        }
    }
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
