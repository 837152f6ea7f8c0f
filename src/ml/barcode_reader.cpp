#include "ml/barcode_reader.hpp"

#include <algorithm>

#define ZX_USE_UTF8
#include <ZXing/ReadBarcode.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "ml/gtin.hpp"

namespace vitrine {
namespace {

using Clock = std::chrono::steady_clock;
using ZXing::BarcodeFormat;

std::string_view symbology_name(BarcodeFormat format) {
    switch (format) {
    case BarcodeFormat::EAN13: return "ean13";
    case BarcodeFormat::EAN8: return "ean8";
    case BarcodeFormat::UPCA: return "upca";
    case BarcodeFormat::UPCE: return "upce";
    case BarcodeFormat::Code128: return "code128";
    case BarcodeFormat::Code39: return "code39";
    case BarcodeFormat::Code93: return "code93";
    case BarcodeFormat::ITF: return "itf";
    case BarcodeFormat::DataBar: return "databar";
    case BarcodeFormat::DataBarExpanded: return "databarexpanded";
    case BarcodeFormat::QRCode: return "qr";
    case BarcodeFormat::DataMatrix: return "datamatrix";
    case BarcodeFormat::Aztec: return "aztec";
    case BarcodeFormat::PDF417: return "pdf417";
    default: return {};
    }
}

ZXing::Results read_with(const cv::Mat& grey, ZXing::Binarizer binarizer) {
    const auto formats = BarcodeFormat::EAN13 | BarcodeFormat::EAN8 | BarcodeFormat::UPCA | BarcodeFormat::UPCE |
                         BarcodeFormat::Code128 | BarcodeFormat::Code39 | BarcodeFormat::Code93 | BarcodeFormat::ITF |
                         BarcodeFormat::DataBar | BarcodeFormat::DataBarExpanded | BarcodeFormat::QRCode |
                         BarcodeFormat::DataMatrix | BarcodeFormat::Aztec | BarcodeFormat::PDF417;
    // Its own downscaling ends in a failed assertion when both scales read a code (zxing-cpp 1.4, Result.cpp).
    const auto hints = ZXing::DecodeHints()
                           .setFormats(formats)
                           .setBinarizer(binarizer)
                           .setTryHarder(true)
                           .setTryRotate(true)
                           .setTryDownscale(false);
    const ZXing::ImageView view(grey.data, grey.cols, grey.rows, ZXing::ImageFormat::Lum, static_cast<int>(grey.step));
    return ZXing::ReadBarcodes(view, hints);
}

std::string normalised(BarcodeFormat format, const std::string& text) {
    if (format == BarcodeFormat::UPCE) return std::string("0").append(expanded_upce(text));
    if (format == BarcodeFormat::UPCA && text.size() == 12) return std::string("0").append(text);
    return text;
}

} // namespace

BarcodeReader::BarcodeReader(BarcodeReaderOptions options) : options_(options) {}

std::vector<Barcode> BarcodeReader::read(const Picture& picture) const {
    const auto deadline = Clock::now() + options_.time_limit;
    const cv::Mat rgb(picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data()));
    cv::Mat grey;
    cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
    std::vector<Barcode> codes;
    for (const double scale : {1.0, 2.0, 0.5}) {
        if (Clock::now() >= deadline || !codes.empty()) break;
        cv::Mat sized = grey;
        if (scale != 1.0) cv::resize(grey, sized, {}, scale, scale, scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
        for (const auto& result : read_with(sized, ZXing::Binarizer::LocalAverage)) {
            const bool linear = ZXing::BarcodeFormats(BarcodeFormat::LinearCodes).testFlag(result.format());
            if (!result.isValid() || (linear && result.lineCount() < 4)) continue;
            Barcode code{std::string(symbology_name(result.format())), normalised(result.format(), result.text())};
            if (std::ranges::find(codes, code) == codes.end()) codes.push_back(std::move(code));
        }
    }
    return codes;
}

} // namespace vitrine
