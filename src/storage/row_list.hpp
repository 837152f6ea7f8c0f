#pragma once

// For the sources of this floor alone, like storage/sql.hpp.

#include <string>

#include "storage/sql.hpp"

namespace vitrine {

/// Many rows bound as one JSON array of objects, so that one prepared statement, and one round trip, writes any number
/// of them: `"… SELECT CAST(value ->> 'rank' AS INTEGER) FROM " + row_list(dialect)` with `use(text, "rows")`. A string
/// must be UTF-8 without U+0000, which PostgreSQL does not take; `value -> 'x'` is a part as JSON, unread.
inline std::string row_list(SqlSession::Dialect dialect) {
    return dialect == SqlSession::Dialect::Sqlite ? "json_each(:rows)" : "json_array_elements(CAST(:rows AS json))";
}

/// A statement whose text differs between the two databases; made once, at the start of the program.
class TextPerDialect {
public:
    explicit TextPerDialect(std::string (*text)(SqlSession::Dialect))
        : sqlite_(text(SqlSession::Dialect::Sqlite)), postgres_(text(SqlSession::Dialect::Postgres)) {}

    [[nodiscard]] const std::string& of(Transaction& tx) const { return is_postgres(tx) ? postgres_ : sqlite_; }

private:
    std::string sqlite_, postgres_;
};

} // namespace vitrine
