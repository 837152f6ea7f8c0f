#pragma once

#include "storage/database.hpp"

namespace vitrine {

/// Gives a SQLite session the functions decode(text, 'hex') and encode(bytes, 'hex') as PostgreSQL has them; NULL gives
/// NULL. A statement that passes another format, or text that is not hexadecimal, fails.
void register_sqlite_functions(SqlSession& session);

} // namespace vitrine
