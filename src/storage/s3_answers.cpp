#include "storage/s3_answers.hpp"

#include <charconv>

#include <pugixml.hpp>

#include "http/percent.hpp"

namespace vitrine {
namespace {

// Neither a document type nor comments become nodes; pugixml resolves no entity of a document.
constexpr unsigned int options = pugi::parse_escapes | pugi::parse_eol;

bool load(pugi::xml_document& document, std::string_view xml) {
    return static_cast<bool>(document.load_buffer(xml.data(), xml.size(), options, pugi::encoding_utf8));
}

std::string_view text_of(const pugi::xml_node& parent, const char* name) {
    return parent.child(name).child_value();
}

std::optional<std::uint64_t> number_in(std::string_view text) {
    std::uint64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<S3Object> object_in(const pugi::xml_node& contents, bool encoded) {
    const auto text = text_of(contents, "Key");
    const auto name = encoded ? percent_decode(text) : std::string(text);
    const auto bytes = number_in(text_of(contents, "Size"));
    if (!name || name->empty() || !bytes) return std::nullopt;
    return S3Object{*name, *bytes};
}

} // namespace

std::optional<S3Page> parse_s3_page(std::string_view xml) {
    pugi::xml_document document;
    if (!load(document, xml)) return std::nullopt;
    const auto list = document.child("ListBucketResult");
    const auto truncated = text_of(list, "IsTruncated");
    if (truncated != "true" && truncated != "false") return std::nullopt;
    const bool encoded = text_of(list, "EncodingType") == "url";

    S3Page page;
    for (const auto& contents : list.children("Contents")) {
        auto object = object_in(contents, encoded);
        if (!object) return std::nullopt;
        page.objects.push_back(std::move(*object));
    }
    if (truncated == "true") {
        page.next = text_of(list, "NextContinuationToken");
        if (page.next->empty()) return std::nullopt;
    }
    return page;
}

S3Failure parse_s3_failure(std::string_view xml) {
    pugi::xml_document document;
    if (!load(document, xml)) return {};
    const auto error = document.child("Error");
    return {std::string(text_of(error, "Code")), std::string(text_of(error, "Message"))};
}

} // namespace vitrine
