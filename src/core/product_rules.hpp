#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <vitrine/product.hpp>

namespace vitrine {

/// Refuses what a catalogue must not hold, before anything is stored: throws Error(BadInput) naming the field when
/// external_id has not 1 to 200 characters or name not 1 to 500, category is over 200 or description over 20,000
/// characters, attributes is not a JSON object of at most 64 KiB, or a text is not UTF-8 or holds a NUL.
void check(const ProductDescription& product);

/// Whether both describe the product alike: every field but for the spelling of the attributes' JSON.
bool same_description(const ProductDescription& a, const ProductDescription& b);

/// The product's attributes as names and values, by name: texts as they stand, numbers and truth values as in JSON,
/// each element of a list by itself; objects within are left out.
std::vector<std::pair<std::string, std::string>> attribute_values(const ProductDescription& product);

/// Which products a search is narrowed to.
struct ProductScope {
    std::string category;                          ///< exact; empty: any
    std::map<std::string, std::string> attributes; ///< each of these has this value, exactly

    [[nodiscard]] bool everything() const noexcept { return category.empty() && attributes.empty(); }
    friend bool operator==(const ProductScope&, const ProductScope&) = default;
};

/// Longer texts cannot be asked for.
inline constexpr std::size_t scope_text_bytes_max = 1000;

/// Throws Error(BadInput) for a scope that no product can be in: over 16 attributes, or texts longer than a product's.
void check(const ProductScope& scope);

} // namespace vitrine
