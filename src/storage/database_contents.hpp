#pragma once

#include <cstdint>
#include <optional>

#include <vitrine/lifecycle.hpp>

#include "storage/database.hpp"

namespace vitrine {

/// What a database holds.
struct DatabaseContents {
    int schema_version = 0;  ///< the newest migration it has
    int program_version = 0; ///< the newest migration this program knows
    std::int64_t products = 0;
    std::int64_t images = 0;
    std::int64_t product_images = 0;
    std::int64_t vectors = 0;         ///< in the database; none where a vector server holds them
    std::int64_t vectors_waiting = 0; ///< moves that a vector server must still be told
    std::int64_t vectors_refused = 0; ///< puts that it refuses
    std::int64_t jobs_unfinished = 0;
    std::optional<LifecycleRun> last_check; ///< the newest that succeeded
};

/// Counts; changes nothing. Throws what the SQL library throws.
DatabaseContents read_contents(SqlSession& session);

} // namespace vitrine
