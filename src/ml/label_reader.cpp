#include "ml/label_reader.hpp"

#include <algorithm>

#include "ml/colour_namer.hpp"
#include "ml/pattern_finder.hpp"

namespace vitrine {
namespace {

constexpr std::size_t text_bytes_max = 4000; // a label's limit (structured_label.hpp)

/// What the strongest finding is worth: a code names the thing, printed words nearly, a colour is shared by many
/// things.
double confidence_of(const StructuredLabel& label, double text_confidence, double pattern_confidence) {
    if (!label.barcodes.empty()) return 1.0;
    double confidence = label.colors.empty() ? 0.0 : 0.1;
    confidence = std::max(confidence, 0.2 * pattern_confidence);
    const auto letters = static_cast<double>(label.text.size());
    return std::max(confidence, text_confidence * std::min(1.0, letters / 20.0) * 0.9);
}

void cut_to_whole_words(std::string& text) {
    if (text.size() <= text_bytes_max) return;
    text.resize(text_bytes_max);
    text.resize(std::min(text.size(), text.rfind(' ')));
}

} // namespace

LabelReader::LabelReader(LabelOptions options) : barcode_reader_(options.barcodes), text_reader_(options.text) {}

StructuredLabel LabelReader::read(const Picture& crop) const {
    StructuredLabel label;
    for (const auto& colour : name_colours(crop)) label.colors.push_back(colour.name);
    const auto pattern = find_pattern(crop);
    label.pattern = pattern.name;
    auto printed = text_reader_.read(crop);
    label.text = std::move(printed.text);
    cut_to_whole_words(label.text);
    label.barcodes = barcode_reader_.read(crop);
    label.confidence = confidence_of(label, printed.confidence, pattern.confidence);
    return label;
}

} // namespace vitrine
