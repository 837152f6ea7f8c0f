#include "storage/schema.hpp"

#include <array>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "storage/sql.hpp"

namespace vitrine {

namespace {

using Dialect = SqlSession::Dialect;

struct TypeName {
    std::string_view placeholder;
    std::string_view sqlite;
    std::string_view postgres;
};

// AUTOINCREMENT: an id is never used again, so that a late message about a deleted row cannot hit a new one.
constexpr std::array<TypeName, 4> type_names{{
    {"{id}", "INTEGER PRIMARY KEY AUTOINCREMENT", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"},
    {"{bytes}", "BLOB", "BYTEA"},
    {"{real}", "REAL", "DOUBLE PRECISION"},
    {"{bytewise}", "TEXT", "TEXT COLLATE \"C\""},
}};

constexpr std::string_view for_postgres_alone = "{postgres}"; ///< a statement that begins so

/// Nothing when it is for the other database alone.
std::optional<std::string> in_dialect(std::string statement, Dialect dialect) {
    statement.erase(0, statement.find_first_not_of(" \t\r\n"));
    if (statement.starts_with(for_postgres_alone)) {
        if (dialect != Dialect::Postgres) return std::nullopt;
        statement.erase(0, for_postgres_alone.size());
    }
    for (const auto& type : type_names) {
        const auto name = dialect == Dialect::Sqlite ? type.sqlite : type.postgres;
        for (auto at = statement.find(type.placeholder); at != std::string::npos;
             at = statement.find(type.placeholder, at + name.size())) {
            statement.replace(at, type.placeholder.size(), name);
        }
    }
    return statement;
}

/// One transaction that no other migrating process can be inside of at the same time.
class ExclusiveTransaction {
public:
    explicit ExclusiveTransaction(SqlSession& session) : session_(session.session()) {
        if (session.dialect() == Dialect::Sqlite) {
            session_ << "BEGIN IMMEDIATE";
        } else {
            session_ << "BEGIN";
            session_ << "SELECT pg_advisory_xact_lock(7091403288)"; // any number that only this program uses
        }
    }
    ExclusiveTransaction(const ExclusiveTransaction&) = delete;
    ExclusiveTransaction& operator=(const ExclusiveTransaction&) = delete;
    ~ExclusiveTransaction() {
        if (committed_) return;
        try {
            session_ << "ROLLBACK";
        } catch (const soci::soci_error&) {
            // The database rolled back by itself (disk full, connection lost); the error that led here is on its way.
        }
    }
    void commit() {
        session_ << "COMMIT";
        committed_ = true;
    }

private:
    soci::session& session_;
    bool committed_ = false;
};

void make_migrations_table(SqlSession& session) {
    session.session() << "CREATE TABLE IF NOT EXISTS schema_migrations ("
                         "version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)";
}

void refuse_foreign_tables(SqlSession& session) {
    const char* const count_tables =
        session.dialect() == Dialect::Sqlite
            ? "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            : "SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema()";
    const char* const count_ours =
        session.dialect() == Dialect::Sqlite
            ? "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'"
            : "SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'schema_migrations'";
    long long tables = 0;
    long long ours = 0;
    session.session() << count_tables, soci::into(tables);
    session.session() << count_ours, soci::into(ours);
    if (tables > 0 && ours == 0) {
        throw Error(ErrorCode::Conflict,
                    "The database holds another program's tables; give Vitrine a database of its own.");
    }
}

std::set<int> applied_versions(SqlSession& session) {
    const soci::rowset<int> rows =
        (session.session().prepare << "SELECT version FROM schema_migrations ORDER BY version");
    return {rows.begin(), rows.end()};
}

void refuse_newer_schema(const std::set<int>& applied, std::span<const Migration> migrations) {
    std::set<int> known;
    for (const auto& migration : migrations) known.insert(migration.version);
    for (const int version : applied) {
        if (!known.contains(version)) {
            throw Error(ErrorCode::Conflict,
                        fmt::format("The database's schema is newer (version {}) than this program knows (version {}); "
                                    "start a Vitrine that is at least as new as the one that used it last.",
                                    version, known.empty() ? 0 : *known.rbegin()));
        }
    }
}

void apply(SqlSession& session, const Migration& migration, Timestamp now) {
    for (const auto& statement : split_statements(migration.sql)) {
        if (const auto text = in_dialect(statement, session.dialect())) session.session() << *text;
    }
    const std::string name{migration.name};
    const long long applied_at = now.time_since_epoch().count();
    session.session()
        << "INSERT INTO schema_migrations (version, name, applied_at) VALUES (:version, :name, :applied_at)",
        soci::use(migration.version), soci::use(name), soci::use(applied_at);
}

} // namespace

int bring_schema_up_to_date(SqlSession& session, std::span<const Migration> migrations, Timestamp now) {
    {
        ExclusiveTransaction transaction(session);
        refuse_foreign_tables(session);
        make_migrations_table(session);
        refuse_newer_schema(applied_versions(session), migrations);
        transaction.commit();
    }
    int count = 0;
    for (const auto& migration : migrations) {
        ExclusiveTransaction transaction(session);
        // Asked again inside: another process may have applied it since.
        if (applied_versions(session).contains(migration.version)) continue;
        apply(session, migration, now);
        transaction.commit();
        ++count;
    }
    return count;
}

std::vector<std::string> split_statements(std::string_view sql) {
    std::vector<std::string> statements;
    std::string current;
    char quote = 0;
    const auto finish = [&] {
        if (current.find_first_not_of(" \t\r\n") != std::string::npos) statements.push_back(std::move(current));
        current.clear();
    };
    for (std::size_t at = 0; at < sql.size(); ++at) {
        const char c = sql[at];
        if (quote != 0) {
            if (c == quote) quote = 0;
        } else if (c == '\'' || c == '"') {
            quote = c;
        } else if (sql.substr(at, 2) == "--") {
            at = std::min(sql.find('\n', at), sql.size() - 1);
            current += '\n';
            continue;
        } else if (c == ';') {
            finish();
            continue;
        }
        current += c;
    }
    finish();
    return statements;
}

} // namespace vitrine
