#pragma once

// For the sources of this floor alone: SOCI's headers are heavy and must not leak through any other header.

#include <soci/soci.h>

#include "storage/database.hpp"

namespace vitrine {

/// What a Transaction hands to repositories: the SOCI session it runs on, and which database is behind it for the few
/// texts that differ.
class SqlSession {
public:
    enum class Dialect { Sqlite, Postgres };

    SqlSession(soci::session& session, Dialect dialect) : session_(session), dialect_(dialect) {}

    [[nodiscard]] soci::session& session() noexcept { return session_; }
    [[nodiscard]] Dialect dialect() const noexcept { return dialect_; }

private:
    soci::session& session_;
    Dialect dialect_;
};

/// The session of `tx`: `sql(tx) << "SELECT …", soci::into(x), soci::use(y);`
inline soci::session& sql(Transaction& tx) { return tx.sql().session(); }

} // namespace vitrine
