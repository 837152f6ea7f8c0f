#include "engine/parts.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "storage/file_blob_store.hpp"
#include "storage/postgres_database.hpp"
#include "storage/s3_blob_store.hpp"
#include "storage/sqlite_database.hpp"
#include "vectors/embedded_store.hpp"

namespace vitrine {
namespace {

/// What follows `scheme` in `value`, as a path in the data folder unless it is absolute.
std::filesystem::path path_of(const Config& config, const std::string& key, const std::string& value,
                              const std::string& scheme) {
    if (!value.starts_with(scheme) || value.size() == scheme.size()) {
        throw Error(ErrorCode::Configuration,
                    fmt::format("{} must be \"{}PATH\" in this version, not \"{:.20}…\".", key, scheme, value));
    }
    return config.data / value.substr(scheme.size());
}

Durability durability_of(const Config& config) {
    return config.database.durability == "normal" ? Durability::Normal : Durability::Full;
}

} // namespace

std::filesystem::path sqlite_file(const Config& config) {
    return path_of(config, "database.url", config.database.url, "sqlite:");
}

std::filesystem::path image_folder(const Config& config) {
    return path_of(config, "images.store", config.images.store, "file:");
}

bool database_is_shared(const Config& config) {
    return config.database.url.starts_with("postgresql://");
}

std::unique_ptr<Database> open_database(const Config& config) {
    if (database_is_shared(config)) {
        return open_postgres(
            {.url = config.database.url, .durability = durability_of(config), .silence_max = config.database.timeout});
    }
    return open_sqlite({.file = sqlite_file(config), .durability = durability_of(config)});
}

bool images_are_in_s3(const Config& config) {
    return config.images.store.starts_with("s3:");
}

S3Options s3_options(const Config& config) {
    const auto& images = config.images;
    for (const auto& [key, value] :
         {std::pair("images.access_key", &images.access_key), std::pair("images.secret_key", &images.secret_key)}) {
        if (value->empty()) throw Error(ErrorCode::Configuration, fmt::format("{} is needed for an S3 store.", key));
    }
    S3Options options;
    if (!images.region.empty()) options.region = images.region;
    options.address = parse_s3_address(images.store, images.endpoint, options.region);
    options.access_key = images.access_key;
    options.secret_key = images.secret_key;
    // What was stored under a larger limit on uploads stays readable under a smaller one.
    options.limits.response_bytes =
        std::max(options.limits.response_bytes, static_cast<std::uint64_t>(config.server.max_upload_bytes));
    return options;
}

std::unique_ptr<BlobStore> open_blob_store(const Config& config) {
    if (images_are_in_s3(config)) return std::make_unique<S3BlobStore>(s3_options(config));
    return std::make_unique<FileBlobStore>(image_folder(config), durability_of(config),
                                           database_is_shared(config) ? FolderUse::Shared : FolderUse::SoleOwner);
}

ChromaStoreOptions chroma_options(const Config& config) {
    const auto& given = config.vectors;
    if (given.url.empty()) {
        throw Error(ErrorCode::Configuration,
                    "vectors.backend is \"chroma\", so vectors.url must say where: http://HOST:PORT.");
    }
    const auto or_else = [](const std::string& value, std::string otherwise) {
        return value.empty() ? std::move(otherwise) : value;
    };
    ChromaStoreOptions options;
    options.address = {.url = given.url,
                       .tenant = or_else(given.tenant, options.address.tenant),
                       .database = or_else(given.database, options.address.database),
                       .token = given.token};
    options.family = or_else(given.collection, options.family);
    return options;
}

std::unique_ptr<VectorStore> open_vector_store(const Config& config, Database& database, const Clock& clock, Log& log) {
    if (config.vectors.backend == "chroma") return make_chroma_store(database, clock, chroma_options(config));
    EmbeddedStoreOptions options;
    options.report_damaged = [&log](ProductImageId, const std::string& sentence) { log.warning(sentence); };
    return make_embedded_store(database, options);
}

} // namespace vitrine
