#pragma once

#include <vitrine/structured_label.hpp>

#include "images/picture.hpp"
#include "ml/barcode_reader.hpp"
#include "ml/foreground.hpp"
#include "ml/text_reader.hpp"

namespace vitrine {

struct LabelOptions {
    BarcodeReaderOptions barcodes;
    TextReaderOptions text;
};

/// Describes a crop without any trained network but the text recogniser's: colours, pattern, printed text and codes.
/// Category, style, material and description stay empty, since these cannot be known by such means.
/// Safe from any thread.
class LabelReader {
public:
    /// Throws Error(Configuration) as TextReader does.
    explicit LabelReader(LabelOptions options = {});

    /// The label of any picture of at least one pixel; `confidence` grows with what was found: a code is certain,
    /// legible text nearly, a mere colour little. 0 for a picture of nothing.
    [[nodiscard]] StructuredLabel read(const Picture& crop) const;

    /// The same where the foreground is known.
    [[nodiscard]] StructuredLabel read(const Picture& crop, const Foreground& foreground) const;

private:
    BarcodeReader barcode_reader_;
    TextReader text_reader_;
};

} // namespace vitrine
