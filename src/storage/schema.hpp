#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <vitrine/time.hpp>

#include "storage/database.hpp"

namespace vitrine {

/// One numbered file of storage/migrations. A released one is never edited; the next change is the next number.
struct Migration {
    int version = 0;
    std::string_view name; ///< "0001_first_schema"
    /// Statements for both databases, with {id}, {bytes}, {real} and {bytewise} still in them; one that begins with
    /// {postgres} is left out on SQLite.
    std::string_view sql;
};

/// All migrations of this program, lowest version first.
std::span<const Migration> embedded_migrations();

/// Applies the migrations that the database lacks, in order, each in one transaction with its row in the table
/// schema_migrations: when the process dies, whole migrations are there and the rest follow at the next start. Safe
/// when several processes start at once. Returns how many were applied.
///
/// Throws Error(Conflict) when the database has a migration that this program does not know (a newer program made it)
/// or holds another program's tables.
int bring_schema_up_to_date(SqlSession& session, std::span<const Migration> migrations, Timestamp now);

/// The single statements of an SQL text: split at semicolons outside of quotes, without comments. Bodies of triggers
/// and functions, which hold semicolons of their own, are not understood.
std::vector<std::string> split_statements(std::string_view sql);

} // namespace vitrine
