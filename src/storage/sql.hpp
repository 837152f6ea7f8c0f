#pragma once

// For the sources of this floor alone: SOCI's headers are heavy and must not leak through any other header.

#include <string>
#include <string_view>
#include <unordered_map>

#include <soci/soci.h>

#include "storage/database.hpp"
#include "storage/postgres_pipeline.hpp"
#include "storage/statement_watch.hpp"

namespace vitrine {

/// What a Transaction hands to repositories: the SOCI session it runs on, and which database is behind it for the few
/// texts that differ. Must be destroyed before the session.
class SqlSession {
public:
    enum class Dialect { Sqlite, Postgres };

    SqlSession(soci::session& session, Dialect dialect) : session_(session), dialect_(dialect) {}

    /// Whose prepared statements run in `pipeline`; it and `watch`, which outlive this, are of the same connection.
    SqlSession(soci::session& postgres, StatementWatch& watch, PostgresPipeline& pipeline)
        : session_(postgres), dialect_(Dialect::Postgres), watch_(&watch), pipeline_(&pipeline) {}

    /// For statements that nobody need watch: a file's, and those of tests. Not to be kept: what was sent by the
    /// pipeline is answered now.
    [[nodiscard]] soci::session& session() {
        if (pipeline_ != nullptr) pipeline_->settle();
        return session_;
    }
    [[nodiscard]] StatementWatch* watch() const noexcept { return watch_; }

    /// Runs a text of any number of statements to which nothing is bound and that give nothing back.
    void run(const std::string& text) {
        soci::session& settled = session();
        const RunningStatement running(watch_);
        settled << text;
    }

    [[nodiscard]] Dialect dialect() const noexcept { return dialect_; }

    /// Where the prepared statements run; nullptr where SOCI runs them.
    [[nodiscard]] PostgresPipeline* pipeline() const noexcept { return pipeline_; }

    /// SOCI's statement of `query`, prepared once and kept as long as the session; nothing is bound to it. Only for
    /// texts that are written in the program: they are kept for good. Use run_prepared or for_each_row of
    /// storage/prepared.hpp.
    soci::statement& prepared(std::string_view query) {
        if (const auto found = prepared_.find(query); found != prepared_.end()) return found->second;
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
        prepared_.erase(found);
    }

private:
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };

    soci::session& session_;
    Dialect dialect_;
    StatementWatch* watch_ = nullptr;
    PostgresPipeline* pipeline_ = nullptr;
    std::unordered_map<std::string, soci::statement, TextHash, std::equal_to<>> prepared_;
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
