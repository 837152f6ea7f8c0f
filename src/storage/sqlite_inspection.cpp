#include "storage/sqlite_inspection.hpp"

#include <array>
#include <fstream>
#include <string_view>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "storage/sql.hpp"
#include "storage/sqlite_session.hpp"

namespace vitrine {
namespace {

// Looked at before SQLite opens the file: a session would switch any database to the write-ahead log. The header holds
// a magic text, and 2 at offsets 18 and 19 for that log (SQLite, "Database File Format", section 1.3).
void require_wal_database(const std::filesystem::path& file) {
    std::array<char, 100> header{};
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        throw Error(ErrorCode::Unavailable,
                    fmt::format("The database {} cannot be read; check its permissions.", file.string()));
    }
    stream.read(header.data(), header.size());
    const std::string_view bytes(header.data(), std::size_t(stream.gcount()));
    if (bytes.size() != header.size() || !bytes.starts_with("SQLite format 3") || bytes[18] != 2 || bytes[19] != 2) {
        throw Error(ErrorCode::Corrupted,
                    fmt::format("The file {} is not a database of Vitrine; restore it from a backup.", file.string()));
    }
}

} // namespace

DatabaseContents inspect_sqlite(const std::filesystem::path& file) {
    require_wal_database(file);
    try {
        SqliteSession session({.file = file}, SqliteAccess::ReadOnly);
        return read_contents(session.sql());
    } catch (const soci::soci_error&) {
        std::rethrow_exception(translate_sqlite_error(std::current_exception()));
    }
}

} // namespace vitrine
