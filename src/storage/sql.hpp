#pragma once

// For the sources of this floor alone: SOCI's headers are heavy and must not leak through any other header.

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <soci/soci.h>

#include "storage/database.hpp"
#include "storage/statement_watch.hpp"

namespace vitrine {

/// What a Transaction hands to repositories: the SOCI session it runs on, and which database is behind it for the few
/// texts that differ. Must be destroyed before the session.
class SqlSession {
public:
    enum class Dialect { Sqlite, Postgres };

    /// `watch`, which outlives it, is told of every statement that runs through storage/prepared.hpp or `run`.
    SqlSession(soci::session& session, Dialect dialect, StatementWatch* watch = nullptr)
        : session_(session), dialect_(dialect), watch_(watch) {}

    /// For statements that nobody need watch: a file's, and those of tests.
    [[nodiscard]] soci::session& session() noexcept { return session_; }
    [[nodiscard]] StatementWatch* watch() const noexcept { return watch_; }

    /// Runs a text to which nothing is bound and that gives nothing back, such as BEGIN.
    void run(const std::string& text) {
        const RunningStatement running(watch_);
        session_ << text;
    }

    /// Runs a text of several statements in one round trip; `into` gets the row of the last one.
    template <class Into>
    void run(const std::string& text, const Into& into) {
        const RunningStatement running(watch_);
        session_ << text, into;
    }

    [[nodiscard]] Dialect dialect() const noexcept { return dialect_; }

    /// The statement of `query`, prepared once and kept as long as the session; nothing is bound to it. Only for texts
    /// that are written in the program: they are kept for good. Use run_prepared or for_each_row of
    /// storage/prepared.hpp.
    soci::statement& prepared(std::string_view query) {
        if (const auto found = prepared_.find(query); found != prepared_.end()) return found->second;
        const RunningStatement running(watch_);
        soci::statement statement(session_);
        statement.alloc();
        statement.prepare(std::string(query));
        return prepared_.emplace(query, statement).first->second;
    }

    /// Drops a kept statement, for one that failed half way.
    void forget(std::string_view query) noexcept {
        const auto found = prepared_.find(query);
        if (found == prepared_.end()) return;
        found->second.bind_clean_up();
        forgotten_.push_back(prepared_.extract(found));
        if (dialect_ == Dialect::Sqlite) drop_forgotten();
    }

    /// PostgreSQL takes nothing but a rollback in a transaction that failed, not even that a statement is no longer
    /// needed: to be called after it.
    void drop_forgotten() noexcept {
        const RunningStatement running(watch_);
        forgotten_.clear();
    }

private:
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };

    soci::session& session_;
    Dialect dialect_;
    StatementWatch* watch_;
    using Prepared = std::unordered_map<std::string, soci::statement, TextHash, std::equal_to<>>;
    Prepared prepared_;
    std::vector<Prepared::node_type> forgotten_;
};

/// Whether `tx` runs on PostgreSQL, where other processes write at the same time. SQLite has one writer in one process:
/// what a transaction read there stays true until its end.
inline bool is_postgres(Transaction& tx) {
    return tx.sql().dialect() == SqlSession::Dialect::Postgres;
}

/// The session of `tx`: `sql(tx) << "SELECT …", soci::into(x), soci::use(y);` For tests: a server that hangs in such a
/// statement is not noticed.
inline soci::session& sql(Transaction& tx) {
    return tx.sql().session();
}

} // namespace vitrine
