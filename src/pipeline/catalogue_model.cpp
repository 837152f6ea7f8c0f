#include "pipeline/catalogue_model.hpp"

#include <fmt/format.h>

#include "storage/model_repository.hpp"

namespace vitrine {

namespace catalogue = model_repository;

void follow_models(Database& database, SwitchingEngine& engines, Timestamp now) {
    const bool known = database.read([&](Transaction& tx) {
        engines.follow(tx);
        return engines.serves(catalogue::models(tx).active);
    });
    if (known) return;
    const auto versions = engines.versions();
    database.write([&](Transaction& tx) {
        const auto models = catalogue::hold(tx, true);
        const std::string of_links = catalogue::model_of_links(tx);
        // A catalogue that is empty, or was indexed anew as a whole, is of the configured model.
        const std::string model = of_links.empty() ? versions.vector : of_links;
        const bool is_whole = of_links.empty() || catalogue::count_not_of(tx, model) == 0;
        if (!model.empty() && models.standby.empty() && (models.active.empty() || is_whole)) {
            catalogue::activate_first(tx, model, now);
        }
        engines.follow(tx);
    });
}

std::optional<ForeignCatalogue> foreign_catalogue(Transaction& tx, const SwitchingEngine& engines,
                                                  const std::string& ours) {
    const auto models = catalogue::models(tx);
    if (ours.empty() || models.active.empty() || engines.serves(models.active)) return std::nullopt;
    ForeignCatalogue found{.theirs = models.active,
                           .ours = ours,
                           .products = catalogue::count_not_of(tx, ours),
                           .is_being_changed = models.standby == ours};
    return found.products > 0 ? std::optional(std::move(found)) : std::nullopt;
}

std::string sentence_of(const ForeignCatalogue& catalogue) {
    const std::string wrong =
        fmt::format("{} products have vectors of the model {}, which no engine here makes any more; [ml] makes those "
                    "of {}, and searches with them would miss these products, so queries are refused.",
                    catalogue.products, catalogue.theirs, catalogue.ours);
    if (catalogue.is_being_changed) {
        return wrong + " The catalogue is being changed to the new model; queries are answered again when that has "
                       "ended, or at once with the former engine in [ml] and the new one in [ml.next].";
    }
    return wrong + " Put the former engine back in [ml] and the new one in [ml.next], then run 'vitrine reindex', and "
                   "queries are answered meanwhile; or run it as it is.";
}

} // namespace vitrine
