#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <vitrine/product.hpp>
#include <vitrine/structured_label.hpp>

namespace vitrine {

/// Raised when the same product would get other terms or weights.
inline constexpr int search_terms_version = 2;

/// One of the texts by which a product is found.
struct SearchTerm {
    std::string term;
    int weight = 0; ///< how much it says of the product: the sum over all places where it stands

    friend auto operator<=>(const SearchTerm&, const SearchTerm&) = default;
};

/// What a product is found by; sorted, each term once. Pure.
///
/// Each word of its id, name, category, description and attributes and of its primary crop's label, as it is folded
/// and as its stem (core/prepared_phrase.hpp). A word weighs by where it stands: 120 for a name that is this word
/// alone, less the more words the name has, but over 60; 80 in the id and as a code; 40 in the category, 30 in the
/// label, 20 in the description and in an attribute. A weight depends on nothing but the product: another product's
/// coming or going changes no product's place among the answers of a question.
///
/// And each attribute's value, as `attribute_term`, with a weight of 0.
std::vector<SearchTerm> search_terms(const ProductDescription& product, const std::optional<StructuredLabel>& label);

/// What a product of this attribute is found by: no word can be it. Nothing when name or value is too long to be asked
/// for (core/product_rules.hpp) or the name holds U+001F.
std::optional<std::string> attribute_term(std::string_view name, std::string_view value);

/// What all the terms of one attribute begin with, those of any attribute where `name` is empty.
std::string attribute_term_prefix(std::string_view name);

/// The name and the value of an attribute's term.
std::pair<std::string, std::string> attribute_of(std::string_view term);

/// One word of a question.
struct AskedWord {
    std::string folded; ///< a term that begins so is meant: people ask while they type
    std::string stem;   ///< so is a term that is this: "berry" means "berries"
};

/// The words of a question, at most 8; all of them must be found. Pure.
std::vector<AskedWord> asked_words(const std::string& text);

/// By how much a term's weight counts in answer to a word: what is asked for, another form of it, what only begins so.
inline constexpr int exact_counts = 4, stem_counts = 3, beginning_counts = 2;

} // namespace vitrine
