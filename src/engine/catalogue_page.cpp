#include "engine/catalogue_page.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace vitrine {
namespace {

bool stands_as_it_is(char c) {
    return c >= ' ' && c != '"' && c != '\\' && c != '\x7f'; // bytes from 0x80 are negative here
}

void append_text(std::string& page, std::string_view name, const std::string& text) {
    page.append(",\"").append(name).append("\":");
    if (std::ranges::all_of(text, stands_as_it_is)) {
        page.append("\"").append(text).append("\"");
    } else {
        page += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    }
}

void append_product(std::string& page, const Product& product, const std::optional<ImageId>& primary) {
    const auto begin = page.size();
    append_text(page, "id", product.external_id);
    page[begin] = '{'; // in place of the first comma
    append_text(page, "product_id", product.external_id);
    append_text(page, "name", product.name);
    append_text(page, "description", product.description);
    append_text(page, "category", product.category);
    page.append(",\"attributes\":");
    page.append(nlohmann::json::accept(product.attributes) ? product.attributes : "null");
    append_text(page, "created_at", to_rfc3339(product.created_at));
    append_text(page, "updated_at", to_rfc3339(product.updated_at));
    page.append(",\"primary_image_id\":").append(primary ? std::to_string(primary->value) : "null").append("}");
}

} // namespace

std::string products_page_json(const ProductPage& page, const std::vector<std::optional<ImageId>>& primaries) {
    constexpr std::size_t usual_bytes = 400;
    std::string json = "{\"products\":[";
    json.reserve(usual_bytes * (page.products.size() + 1));
    for (std::size_t i = 0; i < page.products.size(); ++i) {
        if (i > 0) json += ',';
        append_product(json, page.products[i], i < primaries.size() ? primaries[i] : std::nullopt);
    }
    json.append("],\"next_cursor\":");
    json += page.next_cursor.empty() ? std::string("null}") : fmt::format("\"{}\"}}", page.next_cursor);
    return json;
}

} // namespace vitrine
