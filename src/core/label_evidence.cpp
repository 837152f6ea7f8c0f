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

} // namespace

PreparedLabel::PreparedLabel(const StructuredLabel& label)
    : words(without_print(label).to_text()), printed(label.text), barcodes(texts_of(label.barcodes)) {}

PreparedProduct::PreparedProduct(const ProductDescription& product)
    : name_and_category(product.name + " " + product.category), name(product.name), description(product.description),
      barcodes(barcodes_of(product)) {}

void add_label_evidence(Evidence& evidence, const PreparedLabel& label, const PreparedProduct& product) {
    evidence.label_agreement = lexical_match(product.name_and_category, label.words);
    evidence.text_overlap = text_overlap(label.printed, product.name, product.description);
    evidence.barcode_equal = std::any_of(label.barcodes.begin(), label.barcodes.end(), [&](const std::string& code) {
        return std::find(product.barcodes.begin(), product.barcodes.end(), code) != product.barcodes.end();
    });
}

} // namespace vitrine
