#pragma once

#include <string>
#include <vector>

#include <vitrine/product.hpp>
#include <vitrine/results.hpp>
#include <vitrine/structured_label.hpp>

#include "core/prepared_phrase.hpp"

namespace vitrine {

/// A crop's label, prepared once for comparing with many products, by the same vocabulary as they.
struct PreparedLabel {
    explicit PreparedLabel(const StructuredLabel& label, const Vocabulary& vocabulary = Vocabulary::builtin());

    PreparedPhrase words;              ///< colours, pattern, material, style, category: what it looks like
    PreparedPhrase printed;            ///< what is printed on it
    std::vector<std::string> barcodes; ///< in their 13-digit form where they are trade item numbers
};

/// A product's words, prepared once for comparing with many labels.
struct PreparedProduct {
    explicit PreparedProduct(const ProductDescription& product, const Vocabulary& vocabulary = Vocabulary::builtin());

    PreparedPhrase name_and_category;
    PreparedPhrase name;
    PreparedPhrase description;
    std::vector<std::string> barcodes;
};

/// Fills in what a label says for or against a product: label_agreement, text_overlap and barcode_equal. Pure.
void add_label_evidence(Evidence& evidence, const PreparedLabel& label, const PreparedProduct& product);

/// Fills in which words and which code that rests on, for a person: of an answer's matches, not of every candidate.
/// Pure.
void add_words_in_common(Evidence& evidence, const PreparedLabel& label, const PreparedProduct& product);

} // namespace vitrine
