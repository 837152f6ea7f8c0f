#pragma once

#include <optional>
#include <string>
#include <vector>

#include <vitrine/product.hpp>
#include <vitrine/structured_label.hpp>

namespace vitrine {

/// Raised when the same product would get other terms.
inline constexpr int search_terms_version = 1;

/// What a product is found by in words: each word of its id, name, category and description and of its primary crop's
/// label, as it is folded and as its stem (core/prepared_phrase.hpp); sorted, each once. Pure.
std::vector<std::string> search_terms(const ProductDescription& product, const std::optional<StructuredLabel>& label);

/// One word of a question.
struct AskedWord {
    std::string folded; ///< a term that begins so is meant: people ask while they type
    std::string stem;   ///< so is a term that is this: "berry" means "berries"
};

/// The words of a question, at most 8; all of them must be found. Pure.
std::vector<AskedWord> asked_words(const std::string& text);

} // namespace vitrine
