#include "server/multipart.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine::server {
namespace {

constexpr std::size_t boundary_max = 70;
constexpr std::size_t part_headers_max = 4096;
constexpr std::size_t parts_max = 32;
constexpr std::string_view line_end = "\r\n";

[[noreturn]] void refuse(const std::string& sentence) {
    throw Error(ErrorCode::BadInput, sentence);
}

bool same_word(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// Takes one `; name=value` off the front of `rest`; false at its end.
bool take_parameter(std::string_view& rest, std::string_view& name, std::string& value) {
    const auto semicolon = rest.find(';');
    if (semicolon == std::string_view::npos) return false;
    rest = trimmed(rest.substr(semicolon + 1));
    const auto name_end = std::min(rest.find_first_of("=;"), rest.size());
    name = trimmed(rest.substr(0, name_end));
    value.clear();
    rest.remove_prefix(name_end);
    if (rest.empty() || rest.front() != '=') return true;
    rest = trimmed(rest.substr(1));
    if (rest.empty() || rest.front() != '"') {
        const auto end = std::min(rest.find(';'), rest.size());
        value = trimmed(rest.substr(0, end));
        rest.remove_prefix(end);
        return true;
    }
    for (std::size_t at = 1; at < rest.size(); ++at) {
        if (rest[at] == '"') {
            rest.remove_prefix(at + 1);
            return true;
        }
        if (rest[at] == '\\' && at + 1 < rest.size()) ++at;
        value += rest[at];
    }
    rest = {}; // quotes that do not close: what stands there is taken
    return true;
}

FormPart part_from(std::string_view headers, std::string_view content, std::size_t at) {
    FormPart part{.name = {}, .file_name = {}, .media_type = {}, .content = content};
    bool named = false;
    while (!headers.empty()) {
        const auto end = std::min(headers.find(line_end), headers.size());
        const auto line = headers.substr(0, end);
        headers.remove_prefix(std::min(headers.size(), end + line_end.size()));
        const auto colon = std::min(line.find(':'), line.size());
        const auto value = trimmed(line.substr(std::min(line.size(), colon + 1)));
        if (same_word(line.substr(0, colon), "content-disposition")) {
            part.name = header_parameter(value, "name");
            part.file_name = header_parameter(value, "filename");
            named = !part.name.empty();
        } else if (same_word(line.substr(0, colon), "content-type")) {
            part.media_type = value;
        }
    }
    if (!named) refuse(fmt::format("The form's part at byte {} has no name.", at));
    return part;
}

} // namespace

std::string header_parameter(std::string_view header, std::string_view wanted) {
    std::string_view name;
    std::string value;
    while (take_parameter(header, name, value)) {
        if (same_word(name, wanted)) return value;
    }
    return {};
}

std::string boundary_of(std::string_view content_type) {
    auto boundary = header_parameter(content_type, "boundary");
    if (boundary.empty() || boundary.size() > boundary_max) {
        refuse("The Content-Type multipart/form-data has no boundary of 1 to 70 characters.");
    }
    return boundary;
}

std::vector<FormPart> parse_multipart(std::string_view body, std::string_view boundary) {
    const auto opening = fmt::format("--{}", boundary);
    const auto between = fmt::format("\r\n--{}", boundary);
    std::vector<FormPart> parts;
    // What stands before the first boundary is a preamble (RFC 2046 section 5.1.1), which nobody sends.
    if (!body.starts_with(opening)) refuse("The form does not begin with its boundary.");
    std::size_t at = opening.size();
    while (!body.substr(at).starts_with("--")) {
        if (parts.size() == parts_max) refuse("The form has more than 32 parts.");
        if (!body.substr(at).starts_with(line_end)) refuse(fmt::format("The form breaks at byte {}.", at));
        const auto headers_at = at + line_end.size();
        const auto headers_end = body.substr(0, headers_at + part_headers_max).find("\r\n\r\n", at);
        if (headers_end == std::string_view::npos) {
            refuse(fmt::format("The form's part at byte {} has no end of its headers within 4 KiB.", headers_at));
        }
        const auto content_at = headers_end + 2 * line_end.size();
        // The line end after the headers may be the one before the next boundary.
        const auto end = body.find(between, content_at - line_end.size());
        if (end == std::string_view::npos) {
            refuse(fmt::format("The form's part at byte {} does not end with the boundary.", headers_at));
        }
        const auto headers =
            headers_end > headers_at ? body.substr(headers_at, headers_end - headers_at) : std::string_view();
        const auto content = end > content_at ? body.substr(content_at, end - content_at) : std::string_view();
        parts.push_back(part_from(headers, content, headers_at));
        at = end + between.size();
    }
    return parts;
}

} // namespace vitrine::server
