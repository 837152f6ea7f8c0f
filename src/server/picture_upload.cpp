#include "server/picture_upload.hpp"

#include <vitrine/error.hpp>

#include "server/multipart.hpp"

namespace vitrine::server {
namespace {

std::string_view picture_in_form(const Request& request) {
    const auto boundary = boundary_of(request.header("content-type"));
    const FormPart* file = nullptr;
    int files = 0;
    const auto parts = parse_multipart(request.body, boundary);
    for (const auto& part : parts) {
        if (part.name == "image") return part.content;
        if (part.file_name.empty()) continue;
        file = &part;
        ++files;
    }
    if (files == 1) return file->content;
    throw Error(ErrorCode::BadInput, files == 0 ? "The form has no file; send the picture as the part \"image\"."
                                                : "The form has several files; name the picture's part \"image\".");
}

} // namespace

std::string_view picture_in(const Request& request) {
    const bool is_form = request.header("content-type").starts_with("multipart/form-data");
    const auto bytes = is_form ? picture_in_form(request) : std::string_view(request.body);
    if (bytes.empty()) {
        throw Error(ErrorCode::BadInput,
                    "There is no picture in the body; send its bytes, or a form with the part \"image\".");
    }
    return bytes;
}

} // namespace vitrine::server
