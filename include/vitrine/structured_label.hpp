#pragma once

#include <string>
#include <vector>

namespace vitrine {

/// A barcode or QR code read from a picture. `text` is the code's content; an UPC-A or UPC-E is given in its 13-digit
/// form, so that one product's codes compare equal (GS1 General Specifications, section 1.3).
struct Barcode {
    std::string symbology; ///< "ean13", "ean8", "upca", "upce", "code128", "code39", "itf", "qr", "datamatrix", …
    std::string text;

    friend bool operator==(const Barcode&, const Barcode&) = default;
};

/// What a model says a crop shows. A field that the model cannot know is empty: no guess is better than a wrong one.
struct StructuredLabel {
    std::string category;
    std::vector<std::string> colors; ///< basic colour names, the most covering first: "red", "dark blue"
    std::string style;
    std::string pattern; ///< "plain", "striped", "checked", "dotted", "printed", …
    std::string material;
    std::string text; ///< what is printed on the thing, in reading order
    std::vector<Barcode> barcodes;
    std::string description;
    double confidence = 0.0; ///< in [0, 1]

    friend bool operator==(const StructuredLabel&, const StructuredLabel&) = default;

    /// The phrase that is compared with a product's name: colours, pattern, material, style, category, printed text.
    [[nodiscard]] std::string to_text() const;
};

/// The label as one JSON object with exactly the fields above.
std::string to_json(const StructuredLabel& label);

/// The label in `json`, which may come from anywhere. Unknown fields are ignored, absent ones are empty.
/// Throws Error(BadInput) that names the field when one has the wrong type, is over its limit (200 characters per name,
/// 4,000 for text and description, 32 colours, 32 barcodes) or when confidence is outside [0, 1].
StructuredLabel structured_label_from_json(const std::string& json);

} // namespace vitrine
