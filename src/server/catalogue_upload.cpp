#include "server/catalogue_upload.hpp"

#include <algorithm>
#include <array>

#include <vitrine/error.hpp>

#include "server/multipart.hpp"

namespace vitrine::server {
namespace {

bool begins_like_an_archive(std::string_view bytes) {
    constexpr std::string_view zip = "PK\x03\x04", empty_zip = "PK\x05\x06", gzip = "\x1f\x8b", tar = "ustar";
    constexpr std::size_t tar_magic_at = 257; // POSIX.1-2017, pax, "ustar Interchange Format"
    return bytes.starts_with(zip) || bytes.starts_with(empty_zip) || bytes.starts_with(gzip) ||
           (bytes.size() > tar_magic_at && bytes.substr(tar_magic_at).starts_with(tar));
}

bool is_archive(std::string_view media_type, std::string_view bytes) {
    constexpr std::array archives{"application/zip", "application/x-zip-compressed", "application/x-tar",
                                  "application/gzip", "application/x-gzip"};
    const auto type = media_type.substr(0, media_type.find_first_of("; "));
    if (std::ranges::find(archives, type) != archives.end()) return true;
    return type != "text/csv" && begins_like_an_archive(bytes);
}

CatalogueUpload upload_of(std::string_view media_type, std::string_view bytes) {
    if (!bytes.empty()) return {.bytes = bytes, .is_archive = is_archive(media_type, bytes)};
    throw Error(ErrorCode::BadInput,
                "There is no catalogue in the body; send a CSV, or an archive (zip, tar, tar.gz) of "
                "a CSV and its pictures, or a form with either as the part \"catalogue\".");
}

CatalogueUpload upload_in_form(const Request& request) {
    const FormPart* file = nullptr;
    int files = 0;
    const auto parts = parse_multipart(request.body_bytes(), boundary_of(request.header("content-type")));
    for (const auto& part : parts) {
        if (part.name == "catalogue") return upload_of(part.media_type, part.content);
        if (part.file_name.empty()) continue;
        file = &part;
        ++files;
    }
    if (files == 1) return upload_of(file->media_type, file->content);
    throw Error(ErrorCode::BadInput, files == 0
                                         ? "The form has no file; send the catalogue as the part \"catalogue\"."
                                         : "The form has several files; name the catalogue's part \"catalogue\".");
}

} // namespace

CatalogueUpload catalogue_in(const Request& request) {
    const auto type = request.header("content-type");
    return type.starts_with("multipart/form-data") ? upload_in_form(request) : upload_of(type, request.body_bytes());
}

} // namespace vitrine::server
