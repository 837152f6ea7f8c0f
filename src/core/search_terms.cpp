#include "core/search_terms.hpp"

#include <algorithm>

#include "core/prepared_phrase.hpp"

namespace vitrine {
namespace {

void add(std::vector<std::string>& terms, const std::string& text) {
    const PreparedPhrase phrase(text);
    for (const PhraseWord& word : phrase.words()) {
        terms.push_back(word.folded);
        terms.push_back(word.stem);
    }
}

} // namespace

std::vector<std::string> search_terms(const ProductDescription& product, const std::optional<StructuredLabel>& label) {
    std::vector<std::string> terms;
    for (const std::string* text : {&product.external_id, &product.name, &product.category, &product.description}) {
        add(terms, *text);
    }
    if (label) {
        add(terms, label->to_text());
        for (const Barcode& code : label->barcodes) add(terms, code.text);
    }
    for (const std::string& code : barcodes_of(product)) add(terms, code);
    std::ranges::sort(terms);
    const auto doubled = std::ranges::unique(terms);
    terms.erase(doubled.begin(), doubled.end());
    return terms;
}

std::vector<AskedWord> asked_words(const std::string& text) {
    constexpr std::size_t words_max = 8;
    std::vector<AskedWord> words;
    const PreparedPhrase phrase(text);
    for (const PhraseWord& word : phrase.words()) {
        if (words.size() < words_max) words.push_back({.folded = word.folded, .stem = word.stem});
    }
    return words;
}

} // namespace vitrine
