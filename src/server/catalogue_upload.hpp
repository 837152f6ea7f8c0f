#pragma once

#include <string_view>

#include "server/message.hpp"

namespace vitrine::server {

/// What a request to import brings.
struct CatalogueUpload {
    std::string_view bytes; ///< they point into the request
    bool is_archive = false;
};

/// The catalogue in a request's body: the body itself, or of multipart/form-data its part "catalogue", or else its only
/// file. Whether it is an archive says its Content-Type where that names one or text/csv, and else its first bytes.
/// Throws Error(BadInput) when there is none.
CatalogueUpload catalogue_in(const Request& request);

} // namespace vitrine::server
