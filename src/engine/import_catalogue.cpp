#include "engine/import_catalogue.hpp"

#include <sstream>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "engine/catalogue_reader.hpp"

namespace vitrine {

std::string check_upload(std::string_view upload, bool is_archive, const Config::Imports& limits) {
    static_cast<void>(limits);
    if (is_archive) throw Error(ErrorCode::Unsupported, "Archives are not read yet.");
    std::string catalogue(upload);
    std::istringstream stream(catalogue);
    const CatalogueReader reader(stream);
    return catalogue;
}

std::string catalogue_of(BlobStore& blobs, const import_repository::Import& import, const Config::Imports&) {
    auto bytes = blobs.get(*import.upload);
    if (bytes) return std::move(*bytes);
    throw Error(ErrorCode::Corrupted,
                fmt::format("The upload {} of import {} is gone from the image store; send it again.", *import.upload,
                            import.job.value));
}

} // namespace vitrine
