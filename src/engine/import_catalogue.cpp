#include "engine/import_catalogue.hpp"

#include <utility>

#include <boost/interprocess/streams/bufferstream.hpp>
#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "engine/picture_download.hpp"
#include "engine/spooled_file.hpp"

namespace vitrine {
namespace {

void check_header(std::string_view csv) {
    boost::interprocess::ibufferstream stream(csv.data(), csv.size());
    const CatalogueReader reader(stream);
}

} // namespace

ArchiveLimits archive_limits(const Config::Imports& limits) {
    return {.files_max = limits.max_files, .unpacked_bytes_max = limits.max_unpacked_bytes};
}

void check_upload(std::string_view upload, bool is_archive, const Config::Imports& limits) {
    if (!is_archive) return check_header(upload);
    check_header(find_catalogue(upload, archive_limits(limits), limits.max_upload_bytes).csv);
}

std::string ImportCatalogue::picture_of(const CatalogueRow& row) const {
    if (is_picture_url(row.image)) {
        if (!has_credentials(row.image)) return row.image;
        throw Error(ErrorCode::BadInput, "The row's image is a URL with a user or a password in it; leave them out.");
    }
    if (row.image.empty()) throw Error(ErrorCode::BadInput, "The row names no image.");
    if (!is_archive) {
        throw Error(ErrorCode::BadInput,
                    fmt::format("The row's image {:.200} is no URL that begins with http:// or https://; send the "
                                "pictures with the CSV in one archive, or give their URLs.",
                                row.image));
    }
    // As in a folder: relative to the CSV, and not out of its folder.
    if (const auto path = archive_path(row.image)) return folder + *path;
    throw Error(
        ErrorCode::BadInput,
        fmt::format("The row's image {:.200} lies outside the archive; give a path relative to the CSV.", row.image));
}

ImportCatalogue catalogue_of(BlobStore& blobs, const import_repository::Import& import, const Config::Imports& limits) {
    auto upload = std::make_shared<const SpooledFile>(blobs, *import.upload);
    if (!import.is_archive) return {.upload = std::move(upload), .unpacked = {}, .folder = {}, .is_archive = false};
    auto found = find_catalogue(upload->bytes(), archive_limits(limits), limits.max_upload_bytes);
    return {.upload = {}, .unpacked = std::move(found.csv), .folder = std::move(found.folder), .is_archive = true};
}

} // namespace vitrine
