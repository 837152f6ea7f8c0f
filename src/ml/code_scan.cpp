#include "ml/code_scan.hpp"

#include <algorithm>
#include <exception>

#define ZX_USE_UTF8
#include <ZXing/ReadBarcode.h>

#include "ml/gtin.hpp"

namespace vitrine {
namespace {

using ZXing::BarcodeFormat;

ZXing::BarcodeFormats formats_of(CodeKind kind) {
    switch (kind) {
    case CodeKind::Ean: return BarcodeFormat::EAN13 | BarcodeFormat::EAN8 | BarcodeFormat::UPCA | BarcodeFormat::UPCE;
    case CodeKind::CheckedLinear: return BarcodeFormat::Code128 | BarcodeFormat::Code93;
    case CodeKind::UncheckedLinear: return BarcodeFormat::Code39 | BarcodeFormat::ITF;
    case CodeKind::Matrix: return BarcodeFormat::QRCode | BarcodeFormat::DataMatrix;
    }
    return BarcodeFormat::None;
}

const char* symbology_name(BarcodeFormat format) {
    switch (format) {
    case BarcodeFormat::EAN13: return "ean13";
    case BarcodeFormat::EAN8: return "ean8";
    case BarcodeFormat::UPCA: return "upca";
    case BarcodeFormat::UPCE: return "upce";
    case BarcodeFormat::Code128: return "code128";
    case BarcodeFormat::Code93: return "code93";
    case BarcodeFormat::Code39: return "code39";
    case BarcodeFormat::ITF: return "itf";
    case BarcodeFormat::QRCode: return "qr";
    case BarcodeFormat::DataMatrix: return "datamatrix";
    default: return "";
    }
}

/// The content with line breaks as "\n", none at its end, and without NUL, which no database keeps as text.
std::string tidied(const std::string& text) {
    std::string tidy;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\0' || (text[i] == '\r' && text.substr(i + 1, 1) == "\n")) continue;
        tidy += text[i];
    }
    tidy.resize(tidy.find_last_not_of("\r\n") + 1);
    return tidy;
}

ScannedCode scanned(const ZXing::Result& result) {
    ScannedCode code;
    code.barcode.symbology = symbology_name(result.format());
    code.drawn = result.text();
    switch (result.format()) {
    case BarcodeFormat::EAN13: code.layout = EanLayout::Ean13; break;
    case BarcodeFormat::EAN8: code.layout = EanLayout::Ean8; break;
    case BarcodeFormat::UPCE: code.layout = EanLayout::UpcE; break;
    case BarcodeFormat::UPCA:
        code.layout = EanLayout::Ean13;
        if (code.drawn.size() == 12) code.drawn.insert(0, 1, '0');
        break;
    default: break;
    }
    if (code.layout == EanLayout::UpcE)
        code.barcode.text = std::string("0").append(expanded_upce(code.drawn));
    else
        code.barcode.text = code.layout ? code.drawn : tidied(code.drawn);
    for (std::size_t i = 0; i < code.corners.size(); ++i) {
        code.corners[i] = {double(result.position()[static_cast<int>(i)].x),
                           double(result.position()[static_cast<int>(i)].y)};
    }
    return code;
}

} // namespace

std::optional<ScannedCode> scan(const GreyView& view, CodeKind kind, const ScanOptions& options) {
    constexpr int side_min = 4;
    constexpr int side_max = 16'000;
    if (std::min(view.width, view.height) < side_min || std::max(view.width, view.height) > side_max) return {};
    const auto binarizer = options.fixed_threshold ? ZXing::Binarizer::FixedThreshold : ZXing::Binarizer::LocalAverage;
    const auto hints = ZXing::DecodeHints()
                           .setFormats(formats_of(kind))
                           .setBinarizer(binarizer)
                           .setTryHarder(true)
                           .setTryRotate(options.rotate || kind == CodeKind::Matrix)
                           .setTryDownscale(false)
                           .setMinLineCount(static_cast<std::uint8_t>(std::clamp(options.lines_min, 1, 255)));
    const ZXing::ImageView pixels(view.pixels, view.width, view.height, ZXing::ImageFormat::Lum, view.stride);
    try {
        const auto result = ZXing::ReadBarcode(pixels, hints);
        if (!result.isValid() || result.text().empty()) return {};
        return scanned(result);
    } catch (const std::exception&) {
        return {}; // it throws on some damaged symbols instead of reporting them; either way nothing was read
    }
}

} // namespace vitrine
