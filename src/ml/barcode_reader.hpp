#pragma once

#include <chrono>
#include <vector>

#include <vitrine/structured_label.hpp>

#include "images/picture.hpp"

namespace vitrine {

struct BarcodeReaderOptions {
    /// Of computing on the calling thread, not of waiting: no further attempt begins after it. One takes a few
    /// milliseconds on a small picture, up to 100 on the largest.
    std::chrono::milliseconds time_limit{400};
};

/// Reads EAN-13, EAN-8, UPC-A, UPC-E, Code 128, Code 93, Code 39, ITF, QR and Data Matrix codes by zxing-cpp, in
/// regions that look like codes, each prepared in several ways until a code is certain.
///
/// An equal code is taken as certain evidence for a product, so a wrong code is worse than none. An EAN's digits must
/// each be the best explanation of the bars (ean_profile.hpp); Code 39 and ITF, which have no check digit, must span
/// their region and be read alike in two preparations; the others have checks of their own.
///
/// Safe from any thread; keeps no state between calls.
class BarcodeReader {
public:
    explicit BarcodeReader(BarcodeReaderOptions options = {});

    /// The different codes in the picture, linear ones first, each kind the largest first; UPC-A and UPC-E in their 13
    /// digits. One clear matrix code, and up to four regions of each kind. Empty when there is none or none is certain.
    /// The same picture gives the same codes, unless the time limit ends the search. A photo of 640 x 480 without codes
    /// takes a few milliseconds.
    [[nodiscard]] std::vector<Barcode> read(const Picture& picture) const;

private:
    BarcodeReaderOptions options_;
};

} // namespace vitrine
