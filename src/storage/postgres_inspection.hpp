#pragma once

#include <optional>
#include <string>

#include "storage/database_contents.hpp"

namespace vitrine {

/// What a PostgreSQL server and the database on it are like.
struct PostgresInspection {
    std::string shown;                        ///< "shop at db.example:5432 as vitrine"
    int version = 0;                          ///< the server's major version
    bool writable = false;                    ///< neither a standby nor read only
    bool may_make_tables = false;             ///< the role may, in the schema that it would use
    int connections_max = 0;                  ///< for all programs together
    std::optional<DatabaseContents> contents; ///< nothing before the first start made the tables
};

inline constexpr int postgres_version_least = 15;

/// Looks at the database without changing it. Throws Error(Unavailable) when the server cannot be reached,
/// Error(Configuration) when the URL cannot be read or the server does not let us in.
PostgresInspection inspect_postgres(const std::string& url);

} // namespace vitrine
