#pragma once

#include <cstdint>
#include <filesystem>

namespace vitrine {

/// What a database file holds.
struct SqliteInspection {
    int schema_version = 0;  ///< the newest migration it has
    int program_version = 0; ///< the newest migration this program knows
    std::int64_t products = 0;
    std::int64_t images = 0;
    std::int64_t product_images = 0;
    std::int64_t vectors = 0;
    std::int64_t jobs_unfinished = 0;
};

/// Looks into the file, which must exist, without changing it, while another process may be using it. Throws
/// Error(Corrupted) when it is not one of our databases, Error(Unavailable) when it cannot be opened.
SqliteInspection inspect_sqlite(const std::filesystem::path& file);

} // namespace vitrine
