#pragma once

// For the sources of this floor alone, like storage/sql.hpp.
//
// Statements that run thousands of times a second: preparing one costs ten times what running it costs, so the session
// keeps them. Bind by name, `soci::use(value, "name")`: a name may then stand in the text more than once on both
// databases. Everything bound must outlive the call.

#include <optional>
#include <string>
#include <string_view>

#include <vitrine/error.hpp>

#include "storage/sql.hpp"

namespace vitrine {

/// Whether there is a first row. All rows have come with it: `fetch` asks nobody.
inline bool execute(SqlSession& session, soci::statement& statement) {
    const RunningStatement running(session.watch());
    return statement.execute(true);
}

/// Runs `query` on `session` and calls `row()` after each row was put into the bound `into` variables.
template <class Row, class... Bound>
void for_each_row(SqlSession& session, std::string_view query, Row row, const Bound&... bound) {
    auto& statement = session.prepared(query);
    try {
        (statement.exchange(bound), ...);
        statement.define_and_bind();
        // To the end, since a statement with rows left would keep the transaction from committing.
        for (bool got = execute(session, statement); got; got = statement.fetch()) row();
        statement.bind_clean_up();
    } catch (...) {
        session.forget(query);
        throw;
    }
}

/// As for_each_row where how much is bound depends: `bind(statement)` exchanges it.
template <class Row, class Bind>
void for_each_row_of(Transaction& tx, std::string_view query, Row row, const Bind& bind) {
    SqlSession& session = tx.sql();
    auto& statement = session.prepared(query);
    try {
        bind(statement);
        statement.define_and_bind();
        for (bool got = execute(session, statement); got; got = statement.fetch()) row();
        statement.bind_clean_up();
    } catch (...) {
        session.forget(query);
        throw;
    }
}

template <class Row, class... Bound>
void for_each_row(Transaction& tx, std::string_view query, Row row, const Bound&... bound) {
    for_each_row(tx.sql(), query, row, bound...);
}

/// Runs `query`; whether it gave a row (of the last one the bound `into` variables hold the values).
template <class... Bound>
bool run_prepared(SqlSession& session, std::string_view query, const Bound&... bound) {
    bool found = false;
    for_each_row(
        session, query, [&found] { found = true; }, bound...);
    return found;
}

template <class... Bound>
bool run_prepared(Transaction& tx, std::string_view query, const Bound&... bound) {
    return run_prepared(tx.sql(), query, bound...);
}

/// Runs a statement that changes rows and gives none back; how many it changed. Half the price of a RETURNING, for
/// which SQLite builds a table of its own each time.
template <class... Bound>
long long change_prepared(Transaction& tx, std::string_view query, const Bound&... bound) {
    for_each_row(
        tx, query, [] {}, bound...);
    return tx.sql().prepared(query).get_affected_rows();
}

/// A statement that inserts one row or, by its ON CONFLICT DO NOTHING, none.
class InsertOne {
public:
    explicit InsertOne(const std::string& text) : plain_(text), returning_(text + " RETURNING id") {}

    /// The new row's id. On SQLite without RETURNING: see change_prepared.
    template <class... Bound>
    std::optional<long long> run(Transaction& tx, const Bound&... bound) const {
        long long id = 0;
        if (is_postgres(tx)) {
            const bool added = run_prepared(tx, returning_, soci::into(id), bound...);
            return added ? std::optional(id) : std::nullopt;
        }
        if (change_prepared(tx, plain_, bound...) == 0) return std::nullopt;
        if (!sql(tx).get_last_insert_id("", id))
            throw Error(ErrorCode::Internal, "SQLite did not tell a new row's id.");
        return id;
    }

private:
    std::string plain_, returning_;
};

} // namespace vitrine
