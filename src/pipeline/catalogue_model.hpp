#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <vitrine/time.hpp>

#include "pipeline/switching_engine.hpp"
#include "storage/database.hpp"

/// Of which model the catalogue's vectors are, and what is said where no engine here makes that one's: whoever changes
/// [ml] in place leaves products that searches with the new vectors would miss.
namespace vitrine {

/// Records the catalogue's first model, where that is not known, or the one that it was indexed anew with as a whole,
/// and follows the active one: at a program's start.
void follow_models(Database& database, SwitchingEngine& engines, Timestamp now);

/// A catalogue of a model that no engine here makes vectors of.
struct ForeignCatalogue {
    std::string theirs;            ///< the model that the catalogue is of
    std::string ours;              ///< the one of [ml]
    std::int64_t products = 0;     ///< that have a vector of another model than ours
    bool is_being_changed = false; ///< to ours, by 'vitrine reindex'
};

/// That `products`, which is above 0, would be missed by searches with vectors of the model `ours`, which an engine
/// here makes; nothing where the catalogue is of a model that is served here. Reads every link where it is not.
[[nodiscard]] std::optional<ForeignCatalogue> foreign_catalogue(Transaction& tx, const SwitchingEngine& engines,
                                                                const std::string& ours);

/// What is wrong, in one sentence, and what to do, in another.
[[nodiscard]] std::string sentence_of(const ForeignCatalogue& catalogue);

} // namespace vitrine
