#include "ml/label_reader.hpp"

#include <algorithm>

#include "ml/colour_namer.hpp"
#include "ml/pattern_finder.hpp"

namespace vitrine {
namespace {

constexpr std::size_t text_bytes_max = 4000; // a label's limit (structured_label.hpp), in characters

/// What the strongest finding is worth: a code names the thing, legible words nearly, and a colour or a pattern is
/// shared by very many things.
double confidence_of(const StructuredLabel& label, double text_confidence, double pattern_confidence) {
    constexpr double letters_enough = 15.0;
    if (!label.barcodes.empty()) return 1.0;
    const double of_colour = label.colors.empty() ? 0.0 : 0.1;
    const double of_pattern = 0.2 * pattern_confidence;
    const double of_text =
        0.9 * text_confidence * std::min(1.0, static_cast<double>(label.text.size()) / letters_enough);
    return std::max({of_colour, of_pattern, of_text});
}

void cut_at_a_word(std::string& text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return;
    const auto space = text.rfind(' ', bytes_max);
    text.resize(space == std::string::npos ? 0 : space);
}

} // namespace

LabelReader::LabelReader(LabelOptions options) : barcode_reader_(options.barcodes), text_reader_(options.text) {}

StructuredLabel LabelReader::read(const Picture& crop) const {
    if (crop.width <= 0 || crop.height <= 0) return {};
    return read(crop, find_foreground(crop));
}

StructuredLabel LabelReader::read(const Picture& crop, const Foreground& foreground) const {
    StructuredLabel label;
    for (const auto& colour : name_colours(crop, foreground)) label.colors.push_back(colour.name);
    const auto pattern = find_pattern(crop, foreground);
    label.pattern = pattern.name;
    auto printed = text_reader_.read(crop);
    label.text = std::move(printed.text);
    cut_at_a_word(label.text, text_bytes_max);
    label.barcodes = barcode_reader_.read(crop);
    std::erase_if(label.barcodes, [](const Barcode& code) { return code.text.size() > text_bytes_max; });
    label.confidence = confidence_of(label, printed.confidence, pattern.confidence);
    return label;
}

} // namespace vitrine
