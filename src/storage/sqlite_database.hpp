#pragma once

#include <filesystem>
#include <memory>

#include "storage/database.hpp"

namespace vitrine {

struct SqliteOptions {
    std::filesystem::path file; ///< created if absent; its folder must exist
    Durability durability = Durability::Full;
    int readers = 4; ///< sessions that may read at one time
};

/// Opens the file in WAL mode and brings its schema up to date (storage/migrations). Throws Error(Unavailable) when the
/// file cannot be opened, Error(Conflict) when its schema is newer than this program, Error(Corrupted) when it is not a
/// database.
std::unique_ptr<Database> open_sqlite(const SqliteOptions& options);

} // namespace vitrine
