#pragma once

#include <chrono>
#include <vector>

#include <vitrine/structured_label.hpp>

#include "images/picture.hpp"

namespace vitrine {

struct BarcodeReaderOptions {
    std::chrono::milliseconds time_limit{400}; ///< no further pass begins after this; a pass itself takes up to 100 ms
};

/// Reads barcodes and matrix codes: EAN-13, EAN-8, UPC-A, UPC-E, Code 128, Code 39, Code 93, ITF, DataBar, QR, Data
/// Matrix, Aztec and PDF417, by zxing-cpp. Since an equal code is taken as certain evidence for a product, a wrong code
/// is worse than none: a symbology whose own checks are weak (Code 39, ITF, UPC-E, EAN-8, DataBar) must be read alike
/// in two differently prepared pictures.
///
/// Safe from any thread; keeps no state between calls.
class BarcodeReader {
public:
    explicit BarcodeReader(BarcodeReaderOptions options = {});

    /// The different codes in the picture, UPC-A and UPC-E in their 13 digits; at most 32, the largest first. Empty
    /// when there is none or it cannot be read. The same picture always gives the same codes, unless the time limit
    /// stops the search.
    [[nodiscard]] std::vector<Barcode> read(const Picture& picture) const;

private:
    BarcodeReaderOptions options_;
};

} // namespace vitrine
