#include "storage/known_model_repository.hpp"

#include "storage/moment_column.hpp"
#include "storage/prepared.hpp"

namespace vitrine::known_model_repository {
namespace {

using soci::into;
using soci::use;

} // namespace

std::optional<KnownModel> find(Transaction& tx, const std::string& name) {
    KnownModel model;
    const bool found = run_prepared(tx, "SELECT version, dimensions FROM known_models WHERE name = :name",
                                    use(name, "name"), into(model.version), into(model.dimensions));
    return found ? std::optional(model) : std::nullopt;
}

void save(Transaction& tx, const std::string& name, const KnownModel& model, Timestamp now) {
    const long long seen_at = to_column(now);
    run_prepared(tx,
                 "INSERT INTO known_models (name, version, dimensions, seen_at) "
                 "VALUES (:name, :version, :dimensions, :seen_at) "
                 "ON CONFLICT (name) DO UPDATE SET version = excluded.version, dimensions = excluded.dimensions, "
                 "seen_at = excluded.seen_at",
                 use(name, "name"), use(model.version, "version"), use(model.dimensions, "dimensions"),
                 use(seen_at, "seen_at"));
}

} // namespace vitrine::known_model_repository
