#pragma once

#include <memory>

#include "ml/known_model.hpp"
#include "storage/database.hpp"

namespace vitrine {

/// A memory of which models servers answer with in the database, which outlives it: for all processes of that database.
/// Throws what the database throws.
std::shared_ptr<ModelMemory> make_stored_model_memory(Database& database);

} // namespace vitrine
