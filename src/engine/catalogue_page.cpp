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

std::string products_page_json(const std::vector<Product>& products,
                               const std::vector<std::optional<ImageId>>& primaries, int limit) {
    constexpr std::size_t usual_bytes = 400;
    std::string page = "{\"products\":[";
    page.reserve(usual_bytes * (products.size() + 1));
    for (std::size_t i = 0; i < products.size(); ++i) {
        if (i > 0) page += ',';
        append_product(page, products[i], i < primaries.size() ? primaries[i] : std::nullopt);
    }
    const bool is_last = products.empty() || static_cast<int>(products.size()) < limit;
    page += is_last ? std::string("],\"next_cursor\":null}")
                    : fmt::format("],\"next_cursor\":\"{}\"}}", products.back().id.value);
    return page;
}

} // namespace vitrine
