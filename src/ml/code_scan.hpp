#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include <vitrine/structured_label.hpp>

#include "ml/ean_profile.hpp"

namespace vitrine {

/// Grey pixels that somebody else owns.
struct GreyView {
    const std::uint8_t* pixels = nullptr;
    int width = 0;
    int height = 0;
    int stride = 0; ///< bytes from one row to the next
};

/// Codes by how well they guard themselves against misreading.
enum class CodeKind {
    Ean,             ///< EAN-13, EAN-8, UPC-A, UPC-E: one check digit, wrong one time in ten
    CheckedLinear,   ///< Code 128, Code 93: one check in a hundred, two in 47
    UncheckedLinear, ///< Code 39, ITF: no check that all printers use
    Matrix,          ///< QR, Data Matrix: Reed-Solomon codes
};

struct ScanOptions {
    int lines_min = 2;            ///< rows of a linear code that must read alike
    bool rotate = false;          ///< look for linear codes along columns, too
    bool fixed_threshold = false; ///< dark is below 127, instead of below what is around
};

/// A code that was read, not yet trusted.
struct ScannedCode {
    struct Point {
        double x = 0.0;
        double y = 0.0;
    };

    Barcode barcode;                 ///< UPC-A and UPC-E in 13 digits
    std::optional<EanLayout> layout; ///< of an EAN
    std::string drawn;               ///< the digits as an EAN's bars draw them: 13 or 8
    std::array<Point, 4> corners{};  ///< where it was read: from the first bar to the last, and back a few rows below
};

/// The first code of the kind that zxing-cpp finds; nothing when there is none. Pictures under 4 pixels a side or over
/// 16,000 hold none. Safe from any thread.
///
/// One code a call by intent: where zxing-cpp 1.4 is asked for all codes and meets one twice, it ends the process by a
/// failed assertion. Aztec, PDF417, DataBar and Micro QR are left out, since its readers of those can be made to read
/// out of bounds or to fail such assertions by a crafted picture.
std::optional<ScannedCode> scan(const GreyView& view, CodeKind kind, const ScanOptions& options = {});

} // namespace vitrine
