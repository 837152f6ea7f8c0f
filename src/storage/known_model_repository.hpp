#pragma once

#include <optional>
#include <string>

#include <vitrine/time.hpp>

#include "storage/database.hpp"

/// The table `known_models`: which model each model server answered with last, by a name that says which server and
/// which question.
namespace vitrine::known_model_repository {

struct KnownModel {
    std::string version;
    int dimensions = 0; ///< of its vectors; 0: it makes none
};

[[nodiscard]] std::optional<KnownModel> find(Transaction& tx, const std::string& name);

/// In place of what was known under that name.
void save(Transaction& tx, const std::string& name, const KnownModel& model, Timestamp now);

} // namespace vitrine::known_model_repository
