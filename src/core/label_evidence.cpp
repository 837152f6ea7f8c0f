#include "core/label_evidence.hpp"

#include <algorithm>

#include "core/lexical_match.hpp"
#include "core/text_overlap.hpp"

namespace vitrine {
namespace {

/// The label without what is printed on the thing: brand words are compared by text_overlap, which forgives misreading.
StructuredLabel without_print(StructuredLabel label) {
    label.text.clear();
    label.barcodes.clear();
    return label;
}

std::vector<std::string> texts_of(const std::vector<Barcode>& barcodes) {
    std::vector<std::string> texts;
    for (const Barcode& barcode : barcodes) texts.push_back(barcode.text);
    return texts;
}

/// At most so many words of each kind are told.
constexpr std::size_t words_told_max = 12;

std::vector<std::string> words_in_common(const PreparedPhrase& label, const PreparedPhrase& product) {
    std::vector<std::string> common;
    for (const PhraseWord& word : label.words()) {
        if (word.stop || common.size() == words_told_max) continue;
        if (std::ranges::find(product.words(), word.stem, &PhraseWord::stem) != product.words().end())
            common.push_back(word.folded);
    }
    return common;
}

/// The code of the label that is one of the product's; nullptr when none is.
const std::string* equal_code(const PreparedLabel& label, const PreparedProduct& product) {
    const auto found = std::ranges::find_first_of(label.barcodes, product.barcodes);
    return found == label.barcodes.end() ? nullptr : &*found;
}

} // namespace

PreparedLabel::PreparedLabel(const StructuredLabel& label, const Vocabulary& vocabulary)
    : words(without_print(label).to_text(), vocabulary), printed(label.text, vocabulary),
      barcodes(texts_of(label.barcodes)) {}

PreparedProduct::PreparedProduct(const ProductDescription& product, const Vocabulary& vocabulary)
    : name_and_category(product.name + " " + product.category, vocabulary), name(product.name, vocabulary),
      description(product.description, vocabulary), barcodes(barcodes_of(product)) {}

void add_label_evidence(Evidence& evidence, const PreparedLabel& label, const PreparedProduct& product) {
    evidence.label_agreement = lexical_match(product.name_and_category, label.words);
    evidence.text_overlap = text_overlap(label.printed, product.name, product.description);
    evidence.barcode_equal = equal_code(label, product) != nullptr;
}

void add_words_in_common(Evidence& evidence, const PreparedLabel& label, const PreparedProduct& product) {
    if (evidence.label_agreement > 0.0) evidence.label_words = words_in_common(label.words, product.name_and_category);
    if (evidence.text_overlap > 0.0) {
        evidence.printed_words = printed_words_found(label.printed, product.name, product.description);
        evidence.printed_words.resize(std::min(evidence.printed_words.size(), words_told_max));
    }
    if (const auto* const code = equal_code(label, product)) evidence.barcode = *code;
}

} // namespace vitrine
