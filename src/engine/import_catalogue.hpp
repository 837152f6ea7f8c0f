#pragma once

#include <string>
#include <string_view>

#include <vitrine/config.hpp>

#include "storage/blob_store.hpp"
#include "storage/import_repository.hpp"

namespace vitrine {

/// The CSV of an upload. Throws Error(BadInput) where no import can be made of it: its header lacks a column, or an
/// archive cannot be read or has not one CSV.
std::string check_upload(std::string_view upload, bool is_archive, const Config::Imports& limits);

/// The CSV of a stored import. Throws Error(Corrupted) when its upload is gone or damaged.
std::string catalogue_of(BlobStore& blobs, const import_repository::Import& import, const Config::Imports& limits);

} // namespace vitrine
