#include "storage/postgres_session.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <string_view>

#include <fmt/format.h>
#include <soci/postgresql/soci-postgresql.h>

#include <vitrine/error.hpp>

#include "storage/sql.hpp"

namespace vitrine {
namespace {

std::string set_up_words(PostgresUse use, Durability durability) {
    std::string words = "SET client_min_messages = warning; SET timezone = 'UTC'; ";
    if (use == PostgresUse::Reading) {
        return words + "SET default_transaction_isolation = 'repeatable read'; SET default_transaction_read_only = on";
    }
    words += "SET default_transaction_isolation = 'read committed'; "
             // Shorter than the second after which PostgreSQL looks for deadlocks, and longer than any commit of ours.
             "SET lock_timeout = '250ms'; "
             // A process of ours that is stopped in the middle must not hold the others' rows.
             "SET idle_in_transaction_session_timeout = '60s'; ";
    return words + (durability == Durability::Full ? "SET synchronous_commit = on" : "SET synchronous_commit = off");
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

/// The first line of what the server or libpq said, without its labels.
std::string reason_in(std::string text) {
    for (const std::string_view label : {"ERROR:  ", "FATAL:  "}) {
        if (const auto at = text.rfind(label); at != std::string::npos) text.erase(0, at + label.size());
    }
    constexpr std::string_view ours = "Cannot establish connection to the database.";
    if (text.starts_with(ours)) text.erase(0, ours.size());
    const auto first = std::min(text.find_first_not_of(" \n"), text.size());
    text = text.substr(first, text.find('\n', first) - first);
    while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
    return text.substr(0, 300);
}

/// Why no connection came about. libpq gives words alone here, no SQLSTATE.
Error connection_error(const PostgresUrl& url, const std::string& message) {
    const std::string reason = url.without_password(reason_in(message));
    const auto tell = [&](ErrorCode code, std::string_view what_to_do) {
        return Error(code, fmt::format("The database {} {} ({}).", url.shown(), what_to_do, reason));
    };
    if (contains(message, "authentication failed") || contains(message, "no password supplied")) {
        return tell(ErrorCode::Configuration, "refuses the password; correct it in database.url");
    }
    if (contains(message, "no pg_hba.conf entry")) {
        return tell(ErrorCode::Configuration, "lets nobody in from here; add this machine to its pg_hba.conf");
    }
    if (contains(message, "database") && contains(message, "does not exist")) {
        return tell(ErrorCode::Configuration, "does not exist; create it, or name another in database.url");
    }
    if (contains(message, "role") && contains(message, "does not exist")) {
        return tell(ErrorCode::Configuration, "knows no such role; create it, or name another in database.url");
    }
    return tell(ErrorCode::Unavailable, "cannot be reached now");
}

ErrorCode code_of(std::string_view state) {
    const auto kind = state.substr(0, 2);
    if (state == "42501") return ErrorCode::Configuration;
    if (state == "57014") return ErrorCode::TimedOut;
    if (kind == "08" || kind == "57" || kind == "53" || kind == "58" || kind == "40" || kind == "25" || kind == "55") {
        return ErrorCode::Unavailable;
    }
    if (kind == "23") return ErrorCode::Conflict;
    if (kind == "22") return ErrorCode::BadInput;
    if (kind == "54") return ErrorCode::TooLarge;
    if (state == "XX001" || state == "XX002") return ErrorCode::Corrupted;
    return ErrorCode::Internal;
}

std::string sentence_for(ErrorCode code, const std::string& reason) {
    switch (code) {
    case ErrorCode::Unavailable: return fmt::format("The database cannot be used now ({}).", reason);
    case ErrorCode::Configuration:
        return fmt::format("The database does not allow it ({}); grant the role of database.url what it needs.",
                           reason);
    case ErrorCode::Conflict: return fmt::format("The database refused the change ({}).", reason);
    case ErrorCode::BadInput: return fmt::format("The database cannot store the value ({}).", reason);
    case ErrorCode::TooLarge: return fmt::format("The value is larger than the database allows ({}).", reason);
    case ErrorCode::Corrupted: return fmt::format("The database is damaged ({}); restore it from a backup.", reason);
    default: return fmt::format("The database refused a statement ({}).", reason);
    }
}

PostgresFault fault_of(std::string_view state) {
    constexpr std::array<std::string_view, 3> contended{"40001", "40P01", "55P03"};
    if (std::ranges::find(contended, state) != contended.end()) return PostgresFault::Contended;
    // libpq's own failures have no state; the server's last words before it closes have one of 57P.
    const bool lost = state.starts_with(' ') || state.starts_with("08") ||
                      (state.starts_with("57P") && state != "57P04"); // 57P04: the database was dropped
    return lost ? PostgresFault::Lost : PostgresFault::Refused;
}

} // namespace

class PostgresSession::Impl {
public:
    Impl(const PostgresUrl& url, PostgresWatch& watch)
        : session_(soci::postgresql, url.secret()), watched_(watch, PQsocket(connection())),
          pipeline_(connection(), watched_), sql_(session_, watched_, pipeline_) {}

    [[nodiscard]] PGconn* connection() {
        return static_cast<soci::postgresql_session_backend*>(session_.get_backend())->conn_;
    }

    soci::session session_;
    PostgresWatch::Connection watched_;
    PostgresPipeline pipeline_;
    SqlSession sql_;
};

PostgresSession::PostgresSession(const PostgresUrl& url, PostgresUse use, Durability durability, PostgresWatch& watch) {
    try {
        impl_ = std::make_unique<Impl>(url, watch);
        PQsetNoticeProcessor(
            impl_->connection(), [](void*, const char*) {}, nullptr); // else they go to stderr
        impl_->sql_.run(set_up_words(use, durability));
    } catch (const soci::soci_error& failure) {
        throw connection_error(url, failure.get_error_message());
    }
}

PostgresSession::~PostgresSession() = default;

SqlSession& PostgresSession::sql() noexcept {
    return impl_->sql_;
}

void PostgresSession::allow_silence(Milliseconds most) noexcept {
    impl_->watched_.allow_silence(most);
}

bool PostgresSession::is_connected() const noexcept {
    return PQstatus(impl_->connection()) == CONNECTION_OK;
}

bool PostgresSession::in_transaction() const noexcept {
    return !impl_->pipeline_.is_settled() || PQtransactionStatus(impl_->connection()) == PQTRANS_INTRANS;
}

bool PostgresSession::roll_back() noexcept {
    try {
        impl_->pipeline_.settle();
    } catch (const std::exception&) {
        // Rolled back like all before it.
    }
    if (!is_connected()) return false;
    if (PQtransactionStatus(impl_->connection()) == PQTRANS_IDLE) return true;
    try {
        impl_->sql_.run("ROLLBACK");
        impl_->pipeline_.drop_failed();
        return true;
    } catch (const soci::soci_error&) {
        return false; // closing the session ends the transaction too
    }
}

PostgresFailure PostgresSession::judge(const std::exception_ptr& error) const {
    auto failure = judge_postgres_error(error);
    if (failure.fault == PostgresFault::Lost && impl_->watched_.was_ended()) {
        failure.error = std::make_exception_ptr(
            Error(ErrorCode::Unavailable, "The database has stopped answering; look at its server and the network."));
    }
    return failure;
}

PostgresFailure judge_postgres_error(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const soci::postgresql_soci_error& failure) {
        const std::string state = failure.sqlstate();
        const auto fault = fault_of(state);
        const auto code = fault == PostgresFault::Refused ? code_of(state) : ErrorCode::Unavailable;
        return {fault,
                std::make_exception_ptr(Error(code, sentence_for(code, reason_in(failure.get_error_message()))))};
    } catch (const soci::soci_error& failure) {
        const auto sentence = sentence_for(ErrorCode::Internal, reason_in(failure.get_error_message()));
        return {PostgresFault::Refused, std::make_exception_ptr(Error(ErrorCode::Internal, sentence))};
    } catch (...) {
        return {PostgresFault::NotPostgres, error};
    }
}

} // namespace vitrine
