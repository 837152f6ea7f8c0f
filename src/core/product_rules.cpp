#include "core/product_rules.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unicode/utf8.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

constexpr std::size_t attributes_bytes_max = 64 << 10;

/// The number of code points; throws where the bytes are not UTF-8 or hold a NUL.
std::size_t characters_in(const char* field, const std::string& text) {
    std::size_t characters = 0;
    for (std::int32_t at = 0, end = static_cast<std::int32_t>(text.size()); at < end; ++characters) {
        UChar32 character = 0;
        U8_NEXT(text.data(), at, end, character);
        if (character <= 0) {
            throw Error(ErrorCode::BadInput,
                        fmt::format("The product's {} is not UTF-8 text; save it as UTF-8.", field));
        }
    }
    return characters;
}

void check_length(const char* field, const std::string& text, std::size_t min, std::size_t max) {
    // A code point has at most four bytes, so a longer text need not be counted.
    const std::size_t characters = text.size() > max * 4 ? max + 1 : characters_in(field, text);
    if (characters < min)
        throw Error(ErrorCode::BadInput, fmt::format("The product's {} is empty; give it one.", field));
    if (characters > max) {
        throw Error(ErrorCode::BadInput,
                    fmt::format("The product's {} is longer than {} characters; shorten it.", field, max));
    }
}

nlohmann::json attributes_of(const ProductDescription& product) {
    auto attributes = nlohmann::json::parse(product.attributes, nullptr, false);
    if (attributes.is_object()) return attributes;
    throw Error(ErrorCode::BadInput,
                "The product's attributes are not a JSON object, such as {\"gtin\": \"4006381333931\"}.");
}

/// Databases read attributes too, and give up on what is nested deeply or holds a NUL: then no filter by an attribute
/// would work any more.
void check_attributes(const ProductDescription& product) {
    constexpr int depth_max = 32;
    bool too_deep = false;
    const auto note_depth = [&too_deep](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        too_deep = too_deep || depth > depth_max;
        return true;
    };
    const auto attributes = nlohmann::json::parse(product.attributes, note_depth, false);
    if (attributes.is_object() && too_deep) {
        throw Error(ErrorCode::BadInput,
                    fmt::format("The product's attributes are nested deeper than {} levels; flatten them.", depth_max));
    }
    if (product.attributes.find("\\u0000") != std::string::npos)
        throw Error(ErrorCode::BadInput, "The product's attributes hold a NUL character (\\u0000); leave it out.");
}

} // namespace

void check(const ProductDescription& product) {
    check_length("id", product.external_id, 1, 200);
    check_length("name", product.name, 1, 500);
    check_length("category", product.category, 0, 200);
    check_length("description", product.description, 0, 20'000);
    if (product.attributes.size() > attributes_bytes_max) {
        throw Error(ErrorCode::BadInput, "The product's attributes are larger than 64 KiB; leave some out.");
    }
    attributes_of(product);
    check_attributes(product);
}

bool same_description(const ProductDescription& a, const ProductDescription& b) {
    return a.external_id == b.external_id && a.name == b.name && a.description == b.description &&
           a.category == b.category && (a.attributes == b.attributes || attributes_of(a) == attributes_of(b));
}

std::vector<std::pair<std::string, std::string>> attribute_values(const ProductDescription& product) {
    std::vector<std::pair<std::string, std::string>> values;
    const auto add = [&values](const std::string& name, const nlohmann::json& value) {
        if (value.is_string())
            values.emplace_back(name, value.get<std::string>());
        else if (value.is_number() || value.is_boolean())
            values.emplace_back(name, value.dump());
    };
    const auto attributes = nlohmann::json::parse(product.attributes, nullptr, false);
    if (!attributes.is_object()) return values;
    for (const auto& [name, value] : attributes.items()) {
        if (value.is_array())
            for (const auto& element : value) add(name, element);
        else
            add(name, value);
    }
    return values;
}

void check(const ProductScope& scope) {
    constexpr std::size_t attributes_max = 16;
    bool too_long = scope.category.size() > scope_text_bytes_max;
    for (const auto& [name, value] : scope.attributes) {
        if (name.empty()) throw Error(ErrorCode::BadInput, "An attribute to filter by has no name; give it one.");
        too_long = too_long || name.size() > scope_text_bytes_max || value.size() > scope_text_bytes_max;
    }
    if (too_long || scope.attributes.size() > attributes_max) {
        throw Error(ErrorCode::BadInput,
                    fmt::format("A filter is over its limits of {} attributes and {} bytes for each text; shorten it.",
                                attributes_max, scope_text_bytes_max));
    }
}

} // namespace vitrine
