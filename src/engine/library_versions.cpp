#include "engine/library_versions.hpp"

#include <array>

#include <ZXing/ZXVersion.h>
#include <fmt/format.h>
#include <opencv2/core/utility.hpp>
#include <soci/version.h>
#include <sqlite3.h>
#include <tesseract/baseapi.h>
#include <unicode/uversion.h>
#include <vips/vips.h>

namespace vitrine {
namespace {

std::string icu_version() {
    UVersionInfo version{};
    u_getVersion(version);
    std::array<char, U_MAX_VERSION_STRING_LENGTH> text{};
    u_versionToString(version, text.data());
    return text.data();
}

} // namespace

std::string library_versions() {
    const auto zxing = fmt::format("{}.{}.{}", ZXING_VERSION_MAJOR, ZXING_VERSION_MINOR, ZXING_VERSION_PATCH);
    return fmt::format("SQLite {}, SOCI {}.{}.{}, libvips {}.{}.{}, OpenCV {}, Tesseract {}, ZXing {}, ICU {}",
                       sqlite3_libversion(), SOCI_VERSION / 100000, SOCI_VERSION / 100 % 1000, SOCI_VERSION % 100,
                       vips_version(0), vips_version(1), vips_version(2), cv::getVersionString(),
                       tesseract::TessBaseAPI::Version(), zxing, icu_version());
}

} // namespace vitrine
