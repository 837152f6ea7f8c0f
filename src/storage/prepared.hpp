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

#include "storage/postgres_values.hpp"
#include "storage/sql.hpp"

namespace vitrine {

/// Runs `query` on `session` and calls `row()` after each row was put into the `into` variables; how many rows a
/// statement changed that gives none. `bind(exchange)` calls `exchange` with each `into` and each `use`.
template <class Row, class Bind>
long long exchange_rows(SqlSession& session, std::string_view query, Row row, const Bind& bind) {
    if (auto* pipeline = session.pipeline()) {
        PostgresValues values;
        bind([&values](const auto& bound) { values.add(bound); });
        return pipeline
            ->run(query, values.all(),
                  [&](const PostgresPipeline::Row& got) {
                      PostgresColumns columns(got);
                      bind([&columns](const auto& bound) { columns.take(bound); });
                      row();
                  })
            .changed;
    }
    auto& statement = session.prepared(query);
    try {
        bind([&statement](const auto& bound) { statement.exchange(bound); });
        statement.define_and_bind();
        // To the end, since a statement with rows left would keep the transaction from committing.
        for (bool got = statement.execute(true); got; got = statement.fetch()) row();
        statement.bind_clean_up();
    } catch (...) {
        session.forget(query);
        throw;
    }
    return statement.get_affected_rows();
}

/// As exchange_rows where how much is bound is known.
template <class Row, class... Bound>
void for_each_row(SqlSession& session, std::string_view query, Row row, const Bound&... bound) {
    exchange_rows(session, query, row, [&](const auto& exchange) { (exchange(bound), ...); });
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
    return exchange_rows(
        tx.sql(), query, [] {}, [&](const auto& exchange) { (exchange(bound), ...); });
}

/// Runs a statement whose answer nobody needs. On PostgreSQL it goes out with the transaction's next one or its commit,
/// which then throw what it fails with.
template <class... Bound>
void run_soon(Transaction& tx, std::string_view query, const Bound&... bound) {
    if (auto* pipeline = tx.sql().pipeline()) {
        PostgresValues values;
        (values.add(bound), ...);
        pipeline->send(query, values.all());
    } else {
        run_prepared(tx, query, bound...);
    }
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
