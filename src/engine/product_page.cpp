#include "engine/product_page.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/product_rules.hpp"
#include "storage/product_repository.hpp"
#include "storage/product_search_repository.hpp"

namespace vitrine {
namespace {

namespace search = product_search_repository;

constexpr int limit_max = 1000;

std::optional<std::int64_t> whole(std::string_view digits) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size() || number < 0) return std::nullopt;
    return number;
}

/// A place as a cursor: "17", or with words "240.17", of which the first says how well the product fits them.
std::string cursor_of(const search::Place& place, bool is_ranked) {
    return is_ranked ? fmt::format("{}.{}", place.relevance, place.id.value) : fmt::format("{}", place.id.value);
}

search::Place place_of(std::string_view cursor, bool is_ranked) {
    if (cursor.empty()) return {};
    const auto point = cursor.find('.');
    const auto id = whole(is_ranked && point != std::string_view::npos ? cursor.substr(point + 1) : cursor);
    const auto relevance = is_ranked ? whole(cursor.substr(0, point)) : std::optional<std::int64_t>(0);
    if (id && relevance && is_ranked == (point != std::string_view::npos))
        return {.relevance = *relevance, .id = {*id}};
    throw Error(
        ErrorCode::BadInput,
        fmt::format("The cursor '{:.80}' is not one of this list; take next_cursor of the page before, with the "
                    "same words and filters.",
                    cursor));
}

/// In the places' order; a product that is gone since is left out.
std::vector<Product> products_at(Transaction& tx, const std::vector<search::Place>& places) {
    std::vector<ProductId> ids;
    for (const auto& place : places) ids.push_back(place.id);
    auto by_id = product_repository::find_all(tx, ids);
    std::vector<Product> products;
    for (const ProductId id : ids) {
        const auto found = std::ranges::lower_bound(by_id, id, {}, &Product::id);
        if (found != by_id.end() && found->id == id) products.push_back(std::move(*found));
    }
    return products;
}

AttributeTexts cut(std::vector<std::string> texts, int limit) {
    const bool more = std::ssize(texts) > limit;
    if (more) texts.resize(static_cast<std::size_t>(limit));
    return {.texts = std::move(texts), .more = more};
}

} // namespace

ProductPage product_page(Database& database, const ProductFilter& filter) {
    check(ProductScope{.category = filter.category, .attributes = filter.attributes});
    const bool is_ranked = !filter.text.empty();
    const auto after = place_of(filter.cursor, is_ranked);
    const int limit = std::clamp(filter.limit, 1, limit_max);
    ProductPage page;
    database.read([&](Transaction& tx) {
        search::Place last;
        bool is_full = false;
        if (!is_ranked && filter.attributes.empty()) {
            page.products =
                product_repository::list(tx, {.category = filter.category, .after = after.id, .limit = limit});
            is_full = std::ssize(page.products) == limit;
            if (is_full) last.id = page.products.back().id;
        } else {
            const auto places = search::find(tx, {.text = filter.text,
                                                  .category = filter.category,
                                                  .attributes = filter.attributes,
                                                  .after = after,
                                                  .limit = limit});
            page.products = products_at(tx, places);
            is_full = std::ssize(places) == limit;
            if (is_full) last = places.back();
        }
        page.next_cursor = is_full ? cursor_of(last, is_ranked) : std::string();
    });
    return page;
}

AttributeTexts attribute_names(Database& database, const std::string& beginning, int limit) {
    const int texts = std::clamp(limit, 1, limit_max);
    return cut(database.read([&](Transaction& tx) { return search::attribute_names(tx, beginning, texts + 1); }),
               texts);
}

AttributeTexts attribute_values(Database& database, const std::string& name, const std::string& beginning, int limit) {
    const int texts = std::clamp(limit, 1, limit_max);
    return cut(database.read([&](Transaction& tx) { return search::attribute_values(tx, name, beginning, texts + 1); }),
               texts);
}

} // namespace vitrine
