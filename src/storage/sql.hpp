#pragma once

// For the sources of this floor alone: SOCI's headers are heavy and must not leak through any other header.

#include <string>
#include <string_view>
#include <unordered_map>

#include <soci/soci.h>

#include "storage/database.hpp"

namespace vitrine {

/// What a Transaction hands to repositories: the SOCI session it runs on, and which database is behind it for the few
/// texts that differ. Must be destroyed before the session.
class SqlSession {
public:
    enum class Dialect { Sqlite, Postgres };

    SqlSession(soci::session& session, Dialect dialect) : session_(session), dialect_(dialect) {}

    [[nodiscard]] soci::session& session() noexcept { return session_; }
    [[nodiscard]] Dialect dialect() const noexcept { return dialect_; }

    /// The statement of `query`, prepared once and kept as long as the session; nothing is bound to it. Only for texts
    /// that are written in the program: they are kept for good. Use run_prepared or for_each_row of
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
        if (const auto found = prepared_.find(query); found != prepared_.end()) prepared_.erase(found);
    }

private:
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };

    soci::session& session_;
    Dialect dialect_;
    std::unordered_map<std::string, soci::statement, TextHash, std::equal_to<>> prepared_;
};

/// The session of `tx`: `sql(tx) << "SELECT …", soci::into(x), soci::use(y);`
inline soci::session& sql(Transaction& tx) {
    return tx.sql().session();
}

} // namespace vitrine
