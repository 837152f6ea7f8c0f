#include "core/search_terms.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "core/prepared_phrase.hpp"
#include "core/product_rules.hpp"

namespace vitrine {
namespace {

constexpr int name_least = 60, name_share = 60;
constexpr int code_weight = 80;
constexpr int category_weight = 40;
constexpr int label_weight = 30;
constexpr int description_weight = 20;

constexpr char separator = '\x1f'; // no letter and no digit: no word holds it

using Weights = std::map<std::string, int, std::less<>>;

void add(Weights& weights, const std::string& text, int least, int share = 0) {
    const PreparedPhrase phrase(text);
    for (const PhraseWord& word : phrase.words()) {
        const int weight = least + share / static_cast<int>(phrase.words().size());
        weights[word.folded] += weight;
        if (word.stem != word.folded) weights[word.stem] += weight;
    }
}

void add_attributes(Weights& weights, const ProductDescription& product) {
    for (const auto& [name, value] : attribute_values(product)) {
        add(weights, value, description_weight);
        if (const auto term = attribute_term(name, value)) weights.try_emplace(*term, 0);
    }
}

} // namespace

std::vector<SearchTerm> search_terms(const ProductDescription& product, const std::optional<StructuredLabel>& label) {
    Weights weights;
    add(weights, product.external_id, code_weight);
    add(weights, product.name, name_least, name_share);
    add(weights, product.category, category_weight);
    add(weights, product.description, description_weight);
    add_attributes(weights, product);
    if (label) {
        add(weights, label->to_text(), label_weight);
        for (const Barcode& code : label->barcodes) add(weights, code.text, code_weight);
    }
    for (const std::string& code : barcodes_of(product)) add(weights, code, code_weight);
    std::vector<SearchTerm> terms;
    for (auto& [term, weight] : weights) terms.push_back({.term = term, .weight = weight});
    return terms;
}

std::optional<std::string> attribute_term(std::string_view name, std::string_view value) {
    if (name.empty() || name.size() > scope_text_bytes_max || value.size() > scope_text_bytes_max) return std::nullopt;
    if (name.find(separator) != std::string_view::npos) return std::nullopt;
    return attribute_term_prefix(name).append(value);
}

std::string attribute_term_prefix(std::string_view name) {
    std::string prefix(1, separator);
    if (!name.empty()) prefix.append(name).push_back(separator);
    return prefix;
}

std::pair<std::string, std::string> attribute_of(std::string_view term) {
    term.remove_prefix(std::min<std::size_t>(1, term.size()));
    const auto end = std::min(term.find(separator), term.size());
    return {std::string(term.substr(0, end)), std::string(term.substr(std::min(end + 1, term.size())))};
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
