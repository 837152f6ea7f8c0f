#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <vitrine/config.hpp>

#include "engine/catalogue_reader.hpp"
#include "engine/spooled_file.hpp"
#include "engine/upload_archive.hpp"
#include "storage/blob_store.hpp"
#include "storage/import_repository.hpp"

namespace vitrine {

/// What an archive may hold, as [imports] says.
ArchiveLimits archive_limits(const Config::Imports& limits);

/// Throws Error(BadInput), Error(TooLarge) where nothing can be imported of an upload: its header lacks a column, or an
/// archive cannot be read, is over its limits or has not one CSV.
void check_upload(std::string_view upload, bool is_archive, const Config::Imports& limits);

/// The CSV of a stored import, and where in an archive it is.
struct ImportCatalogue {
    std::shared_ptr<const SpooledFile> upload; ///< not of an archive
    std::string unpacked;                      ///< of an archive alone
    std::string folder;
    bool is_archive = false;

    [[nodiscard]] std::string_view csv() const { return is_archive ? unpacked : upload->bytes(); }

    /// Where the row's picture is: a URL, or its path in the archive. Throws Error(BadInput) for a cell that is
    /// neither.
    [[nodiscard]] std::string picture_of(const CatalogueRow& row) const;
};

/// Throws Error(NotFound) when the upload is gone, Error(Corrupted) when it is damaged.
ImportCatalogue catalogue_of(BlobStore& blobs, const import_repository::Import& import, const Config::Imports& limits);

} // namespace vitrine
