#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <vitrine/lifecycle.hpp>

#include "storage/database.hpp"
#include "storage/known_model_repository.hpp"

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
    std::string active_model;                           ///< whose vectors searches use; empty: none is known yet
    std::string standby_model;                          ///< the other one, during a change of models; empty: none
    std::map<std::string, std::int64_t> links_by_model; ///< primary ones, by the model of their vector
    std::map<std::string, known_model_repository::KnownModel> known_models; ///< what model servers answered with last
    std::optional<LifecycleRun> last_check;                                 ///< the newest that succeeded
};

/// Counts; changes nothing. Throws what the SQL library throws.
DatabaseContents read_contents(SqlSession& session);

} // namespace vitrine
