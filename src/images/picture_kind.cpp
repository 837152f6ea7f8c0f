#include "images/picture_kind.hpp"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

using std::string_view_literals::operator""sv;

template <class Meaning>
struct Signature {
    std::string_view text;
    Meaning meaning;
};

constexpr std::array<Signature<PictureKind>, 8> accepted{{
    {"\xFF\xD8\xFF"sv, PictureKind::Jpeg},
    {"\x89PNG\r\n\x1A\n"sv, PictureKind::Png},
    {"GIF87a"sv, PictureKind::Gif},
    {"GIF89a"sv, PictureKind::Gif},
    {"II*\0"sv, PictureKind::Tiff},
    {"MM\0*"sv, PictureKind::Tiff},
    {"II+\0"sv, PictureKind::Tiff}, // BigTIFF
    {"MM\0+"sv, PictureKind::Tiff},
}};

// What people send most often by mistake, so that the refusal can name it.
constexpr std::array<Signature<std::string_view>, 11> refused{{
    {"BM"sv, "a BMP picture"},
    {"\0\0\0\x0CjP  "sv, "a JPEG 2000 picture"},
    {"\xFF\x4F\xFF\x51"sv, "a JPEG 2000 picture"},
    {"\xFF\x0A"sv, "a JPEG XL picture"},
    {"\0\0\0\x0CJXL "sv, "a JPEG XL picture"},
    {"8BPS"sv, "a Photoshop document"},
    {"\0\0\x01\0"sv, "an icon"},
    {"%PDF"sv, "a PDF document"},
    {"PK\x03\x04"sv, "a ZIP archive"},
    {"<"sv, "SVG, HTML or other markup"},
    {"\xEF\xBB\xBF<"sv, "SVG, HTML or other markup"},
}};

// ISO/IEC 14496-12 section 4.3 and 23008-12 section 10: a file-type box whose major or compatible brands tell the
// codec.
bool has_brand(std::string_view bytes, std::span<const std::string_view> brands) {
    if (bytes.size() < 16 || bytes.substr(4, 4) != "ftyp") return false;
    const auto box_bytes =
        std::size_t{static_cast<unsigned char>(bytes[2])} << 8 | static_cast<unsigned char>(bytes[3]);
    if (bytes[0] != 0 || bytes[1] != 0) return false;
    const auto end = std::min(box_bytes, bytes.size());
    for (std::size_t at = 8; at + 4 <= end; at += 4) {
        if (at == 12) continue; // the minor version
        if (std::ranges::find(brands, bytes.substr(at, 4)) != brands.end()) return true;
    }
    return false;
}

constexpr std::array avif_brands{"avif"sv, "avis"sv};
constexpr std::array heic_brands{"heic"sv, "heix"sv, "hevc"sv, "hevx"sv, "heim"sv, "heis"sv, "mif1"sv, "msf1"sv};

} // namespace

PictureKind kind_of(std::string_view bytes) {
    if (bytes.empty()) throw Error(ErrorCode::BadInput, "The picture has no bytes; send the file's content.");
    for (const auto& signature : accepted) {
        if (bytes.starts_with(signature.text)) return signature.meaning;
    }
    if (bytes.starts_with("RIFF") && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP") return PictureKind::Webp;
    if (has_brand(bytes, avif_brands)) return PictureKind::Avif;
    if (has_brand(bytes, heic_brands)) return PictureKind::Heic;

    const auto* const known = std::ranges::find_if(refused, [&](const auto& s) { return bytes.starts_with(s.text); });
    throw Error(
        ErrorCode::Unsupported,
        fmt::format("This is {}, not a picture that can be read; send JPEG, PNG, WebP, GIF, TIFF, HEIC or AVIF.",
                    known == refused.end() ? "something else"sv : known->meaning));
}

std::string_view media_type_of(PictureKind kind) noexcept {
    switch (kind) {
    case PictureKind::Jpeg: return "image/jpeg";
    case PictureKind::Png: return "image/png";
    case PictureKind::Webp: return "image/webp";
    case PictureKind::Gif: return "image/gif";
    case PictureKind::Tiff: return "image/tiff";
    case PictureKind::Heic: return "image/heic";
    case PictureKind::Avif: return "image/avif";
    }
    return "application/octet-stream";
}

std::string_view name_of(PictureKind kind) noexcept {
    switch (kind) {
    case PictureKind::Jpeg: return "JPEG";
    case PictureKind::Png: return "PNG";
    case PictureKind::Webp: return "WebP";
    case PictureKind::Gif: return "GIF";
    case PictureKind::Tiff: return "TIFF";
    case PictureKind::Heic: return "HEIC";
    case PictureKind::Avif: return "AVIF";
    }
    return "unknown";
}

} // namespace vitrine
