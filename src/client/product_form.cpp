#include "client/product_form.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/content_hash.hpp"

namespace vitrine {
namespace {

using Json = nlohmann::ordered_json;

/// Throws nothing for bytes that are no UTF-8: they arrive as U+FFFD, as everywhere in JSON.
std::string words_of(const ProductDescription& product) {
    const Json object{{"name", product.name},
                      {"description", product.description},
                      {"category", product.category},
                      {"attributes", Json::parse(product.attributes, nullptr, /*allow_exceptions=*/false)}};
    return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// One that stands in neither part.
std::string boundary_beside(const std::string& words, std::string_view image_bytes) {
    constexpr std::size_t digits = 40;
    auto boundary = sha256_hex(words + sha256_hex(image_bytes)).substr(0, digits);
    while (words.find(boundary) != std::string::npos || image_bytes.find(boundary) != std::string_view::npos)
        boundary = sha256_hex(boundary).substr(0, digits);
    return boundary;
}

} // namespace

ProductForm::ProductForm(const ProductDescription& product, std::string_view image_bytes) {
    const auto words = words_of(product);
    boundary_ = boundary_beside(words, image_bytes);
    body_.reserve(words.size() + image_bytes.size() + 512);
    body_ += fmt::format("--{}\r\nContent-Disposition: form-data; name=\"product\"\r\nContent-Type: application/json"
                         "\r\n\r\n{}\r\n",
                         boundary_, words);
    body_ += fmt::format("--{}\r\nContent-Disposition: form-data; name=\"image\"; filename=\"image\"\r\nContent-Type: "
                         "application/octet-stream\r\n\r\n",
                         boundary_);
    body_ += image_bytes;
    body_ += fmt::format("\r\n--{}--\r\n", boundary_);
}

std::string ProductForm::content_type() const {
    return "multipart/form-data; boundary=" + boundary_;
}

} // namespace vitrine
