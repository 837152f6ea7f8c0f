#include "engine/doctor.hpp"

#include <functional>
#include <map>
#include <memory>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include <vitrine/error.hpp>

#include "engine/data_folder.hpp"
#include "engine/library_versions.hpp"
#include "engine/parallel_repeat.hpp"
#include "engine/parts.hpp"
#include "engine/remote_parts.hpp"
#include "engine/s3_probe.hpp"
#include "engine/vision_parts.hpp"
#include "lifecycle/run_reports.hpp"
#include "pipeline/catalogue_model.hpp"
#include "storage/postgres_inspection.hpp"
#include "storage/sqlite_inspection.hpp"
#include "vectors/chroma_collections.hpp"

namespace vitrine {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void report(const std::string& sentence) {
    throw Error(ErrorCode::Unavailable, sentence);
}

[[noreturn]] void report_inconsistent(const CheckReport& found, const std::string& when) {
    report(
        fmt::format("The check of {} UTC (job check) found {} vectors and {} files amiss and repaired {}; run vitrine "
                    "check --repair.",
                    when, found.missing_vectors + found.orphan_vectors + found.wrong_dimensions + found.wrong_models,
                    found.missing_files + found.orphan_files + found.corrupted_files, found.repaired));
}

/// The nearest folder above `path`, or itself, that exists.
fs::path existing_part(const fs::path& path) {
    auto folder = fs::absolute(path);
    std::error_code error;
    while (!fs::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
    return folder;
}

void require_writable_folder(const fs::path& folder) {
    std::error_code error;
    if (!fs::is_directory(folder, error)) {
        report(fmt::format("{} is not a folder; choose another with --data.", folder.string()));
    }
    if (::access(folder.c_str(), W_OK | X_OK) != 0) {
        report(fmt::format("{} cannot be written; change its permissions or choose another.", folder.string()));
    }
}

std::string configuration(const Config& config) {
    return fmt::format("Engine {}, vectors {}, durability {}, {} worker threads.", config.ml.engine,
                       config.vectors.backend, config.database.durability, worker_threads(config));
}

std::string data_folder(const Config& config) {
    require_writable_folder(existing_part(config.data));
    std::error_code error;
    if (!fs::exists(config.data, error)) return fmt::format("{} will be made when it is needed.", config.data.string());
    return fmt::format("{} can be written.", config.data.string());
}

std::string owner(const Config& config) {
    if (database_is_shared(config)) return "Any number of processes may share the database.";
    const auto holder = DataFolder::holder(config.data);
    if (const auto server = DataFolder::server(config.data)) {
        return fmt::format("The data folder is in use by {}, which serves it at {}; other commands ask there.",
                           holder.value_or("another process"), server->url);
    }
    return holder ? fmt::format("The data folder is in use by {}; other commands must wait for it.", *holder)
                  : "Nobody is using the data folder.";
}

std::string disk(const Config& config) {
    constexpr std::uintmax_t least_bytes = 256ULL << 20;
    const auto space = fs::space(existing_part(config.data));
    const auto gigabytes = static_cast<double>(space.available) / 1e9;
    if (space.available < least_bytes) {
        report(fmt::format("Only {:.2f} GB are free for the data folder; make room.", gigabytes));
    }
    return fmt::format("{:.1f} GB are free for the data folder.", gigabytes);
}

std::string schema_of(const DatabaseContents& found, const std::string& name) {
    if (found.schema_version > found.program_version) {
        report(fmt::format("{} has schema {} and this program knows {}; start a newer one.", name, found.schema_version,
                           found.program_version));
    }
    return fmt::format("its schema is {} of {}", found.schema_version, found.program_version);
}

std::string server_database(const Config& config) {
    const auto found = inspect_postgres(config.database.url);
    if (found.version < postgres_version_least) {
        report(fmt::format("The database {} runs on PostgreSQL {}; Vitrine needs {} or newer.", found.shown,
                           found.version, postgres_version_least));
    }
    if (!found.writable) {
        report(fmt::format("The database {} cannot be written: it is a standby or read only; name the primary in "
                           "database.url.",
                           found.shown));
    }
    if (!found.contents && !found.may_make_tables) {
        report(
            fmt::format("The role may make no tables in the database {}; make it the database's owner.", found.shown));
    }
    return fmt::format("{} on PostgreSQL {}, {} connections for all; {}.", found.shown, found.version,
                       found.connections_max,
                       found.contents ? schema_of(*found.contents, found.shown) : "its tables will be made");
}

std::string database(const Config& config) {
    if (database_is_shared(config)) return server_database(config);
    const auto file = sqlite_file(config);
    std::error_code error;
    if (!fs::exists(file, error)) return fmt::format("{} will be made when it is needed.", file.string());
    return fmt::format("{} opens; {}.", file.string(), schema_of(inspect_sqlite(file), file.string()));
}

std::optional<DatabaseContents> stored(const Config& config) {
    if (database_is_shared(config)) return inspect_postgres(config.database.url).contents;
    const auto file = sqlite_file(config);
    std::error_code error;
    return fs::exists(file, error) ? std::optional(inspect_sqlite(file)) : std::nullopt;
}

std::string contents(const Config& config) {
    const auto there = stored(config);
    if (!there) return "Nothing is stored yet.";
    const auto& found = *there;
    if (found.vectors_refused > 0) {
        report(
            fmt::format("The vector store refuses {} vectors; 'vitrine jobs list' names the jobs that failed for it, "
                        "and 'vitrine jobs retry' tries again.",
                        found.vectors_refused));
    }
    const bool elsewhere = config.vectors.backend != "embedded";
    const auto vectors = elsewhere ? fmt::format("{} vectors to be delivered or removed", found.vectors_waiting)
                                   : fmt::format("{} vectors", found.vectors);
    return fmt::format("{} products, {} images, {} links, {}, {} unfinished jobs.", found.products, found.images,
                       found.product_images, vectors, found.jobs_unfinished);
}

std::string consistency(const Config& config) {
    const auto there = stored(config);
    if (!there || !there->last_check) return "No consistency check has run yet; vitrine check runs one.";
    const CheckReport report = check_report_from(there->last_check->report);
    const auto when = to_rfc3339(*there->last_check->finished).substr(0, 19);
    if (report.consistent()) {
        return fmt::format("All was consistent after the check of {} UTC, which repaired {}.", when, report.repaired);
    }
    report_inconsistent(report, when);
}

std::string images(const Config& config) {
    if (images_are_in_s3(config)) return probe_s3(s3_options(config));
    const auto folder = image_folder(config);
    std::error_code error;
    if (!fs::exists(folder, error)) return fmt::format("{} will be made when it is needed.", folder.string());
    require_writable_folder(folder);
    return fmt::format("{} can be written.", folder.string());
}

/// Asks a vector server for everything that searches and deliveries need of it; makes nothing there.
std::string vectors(const Config& config) {
    if (config.vectors.backend == "embedded") return "Vectors are in the database.";
    const auto options = chroma_options(config);
    const auto versions = open_vision(config).engine->versions();
    ChromaClient client(options.address, options.limits);
    ChromaCollections collections(client, options.family);
    const auto version = client.version();
    const auto batch_max = client.limits().batch_max;
    const auto collection = collections.find(versions.vector);
    const auto server = fmt::format("ChromaDB {} at {} takes batches of {}", version, client.host(), batch_max);
    if (versions.vector.empty())
        return fmt::format("{}; which collection is used, the model server's answers tell.", server);
    if (!collection) return fmt::format("{}; its collection will be made when it is needed.", server);
    if (versions.dimensions > 0 && collection->dimensions &&
        *collection->dimensions != static_cast<std::size_t>(versions.dimensions)) {
        report(fmt::format("The collection {} at {} holds vectors of {} dimensions and the model {} makes {}; choose "
                           "another name in vectors.collection or delete that collection.",
                           collection->name, client.host(), *collection->dimensions, versions.vector,
                           versions.dimensions));
    }
    return fmt::format("{}; its collection {} holds {} vectors.", server, collection->name,
                       client.count(collection->id));
}

std::string engine(const Config& config) {
    const auto opened = open_vision(config);
    std::string told;
    for (const auto& question : model_questions(config)) {
        if (question.asks_a_server())
            told += fmt::format("{}: {} ", question.name, check_model_server(question, config));
    }
    if (!told.empty()) told.pop_back();
    const auto versions = opened.engine->versions();
    const auto known = [](const std::string& version) { return version.empty() ? "a server's own" : version; };
    return fmt::format("{}, {}, {} with {} dimensions.{}{}", known(versions.crop), known(versions.label),
                       known(versions.vector), versions.dimensions > 0 ? fmt::format("{}", versions.dimensions) : "its",
                       told.empty() ? "" : " ", told);
}

/// What model servers answered with before, as the database remembers it; what they answer here is not kept.
class RecalledModels final : public ModelMemory {
public:
    explicit RecalledModels(const DatabaseContents& contents) : known_(contents.known_models) {}

    [[nodiscard]] std::optional<ModelIdentity> recall(const std::string& name) override {
        const auto found = known_.find(name);
        if (found == known_.end()) return std::nullopt;
        return ModelIdentity{.version = found->second.version, .dimensions = found->second.dimensions};
    }
    void remember(const std::string&, const ModelIdentity&) override {}

private:
    const std::map<std::string, known_model_repository::KnownModel> known_;
};

std::int64_t links_not_of(const DatabaseContents& contents, const std::string& model) {
    std::int64_t links = 0;
    for (const auto& [theirs, count] : contents.links_by_model) links += theirs == model ? 0 : count;
    return links;
}

/// Whether searches find every product: all vectors are of one model, and an engine here makes those.
std::string models(const Config& config) {
    const auto there = stored(config);
    if (!there || there->active_model.empty() || there->links_by_model.empty()) return "No product has a vector yet.";
    const auto memory = std::make_shared<RecalledModels>(*there);
    const std::string ours = open_vision(config, memory).engine->versions().vector;
    const std::string next = config.ml.next ? open_vision(next_models(config), memory).engine->versions().vector : "";
    const std::string& active = there->active_model;
    if (active != ours && active != next) {
        if (ours.empty()) {
            return fmt::format("Searches use the model {}; whether [ml] is that one, its server's first answer tells.",
                               active);
        }
        const ForeignCatalogue foreign{.theirs = active,
                                       .ours = ours,
                                       .products = links_not_of(*there, ours),
                                       .is_being_changed = there->standby_model == ours};
        if (foreign.products > 0) report(sentence_of(foreign));
    } else if (const auto missed = links_not_of(*there, active); missed > 0) {
        report(fmt::format("{} products have vectors of other models than {}, which searches use, and are not found; "
                           "import the catalogue again.",
                           missed, active));
    }
    return there->standby_model.empty()
               ? fmt::format("Searches use the model {}.", active)
               : fmt::format("Searches use the model {}; the model {} is kept beside it until vitrine reindex --drop.",
                             active, there->standby_model);
}

std::string words(const Config& config) {
    const auto counts = open_vocabulary(config)->counts();
    return fmt::format("{} synonyms, {} joined, {} common and {} stop words, {}.", counts.synonyms, counts.joins,
                       counts.common, counts.stop,
                       config.ml.vocabulary.empty() ? "those of the program" : "from " + config.ml.vocabulary);
}

std::string libraries(const Config&) {
    return library_versions() + ".";
}

Check checked(const std::string& name, const Config& config, const std::function<std::string(const Config&)>& look) {
    try {
        return {name, true, look(config)};
    } catch (const std::exception& error) { // whatever it is, it is what the person asked to see
        return {name, false, error.what()};
    }
}

} // namespace

std::vector<Check> diagnose(const Config& config) {
    return {
        checked("configuration", config, configuration),
        checked("data folder", config, data_folder),
        checked("owner", config, owner),
        checked("disk", config, disk),
        checked("database", config, database),
        checked("contents", config, contents),
        checked("consistency", config, consistency),
        checked("images", config, images),
        checked("vectors", config, vectors),
        checked("engine", config, engine),
        checked("models", config, models),
        checked("words", config, words),
        checked("libraries", config, libraries),
    };
}

} // namespace vitrine
