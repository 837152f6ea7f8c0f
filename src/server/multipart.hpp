#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vitrine::server {

/// One part of a multipart/form-data body. The texts point into the body.
struct FormPart {
    std::string name;
    std::string file_name;  ///< empty: it is no file
    std::string media_type; ///< as the client says; empty when it does not
    std::string_view content;
};

/// The boundary in a Content-Type; throws Error(BadInput) when there is none or it is not 1 to 70 characters.
std::string boundary_of(std::string_view content_type);

/// Takes a body of RFC 7578 apart. Throws Error(BadInput) that says at which byte for what does not begin or end with
/// its boundary, a part without a name, headers over 4 KiB, or more than 32 parts. No byte is copied but names.
std::vector<FormPart> parse_multipart(std::string_view body, std::string_view boundary);

/// The value of a parameter in a header such as `form-data; name="image"` (RFC 9110 section 5.6.6); empty without one.
std::string header_parameter(std::string_view header, std::string_view name);

} // namespace vitrine::server
