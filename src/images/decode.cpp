#include "images/codec.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "images/bare_jpeg.hpp"
#include "images/picture_kind.hpp"
#include "images/picture_loader.hpp"
#include "images/plain_jpeg.hpp"
#include "images/upright_srgb.hpp"

namespace vitrine {
namespace {

// Progressive JPEG, interlaced PNG, TIFF in one large strip or tile and the video codecs keep a whole picture in memory
// while they decode, at up to 8 bytes a pixel, whatever the size that was asked for. This keeps them within half a
// gigabyte, and is as much as the largest phones send in such a kind.
constexpr std::int64_t whole_picture_pixels_max = 50'000'000;

[[noreturn]] void refuse_damaged(PictureKind kind) {
    throw Error(ErrorCode::BadInput,
                fmt::format("This {} picture is damaged and cannot be read; send it again.", name_of(kind)));
}

PictureKind checked_kind(std::string_view bytes, const DecodeLimits& limits) {
    if (std::cmp_greater(bytes.size(), limits.bytes_max)) {
        throw Error(ErrorCode::TooLarge,
                    fmt::format("The picture has {} bytes, more than the {} allowed; send a smaller one.", bytes.size(),
                                limits.bytes_max));
    }
    return kind_of(bytes);
}

bool is_held_whole(PictureKind kind, VipsImage* image) {
    switch (kind) {
    case PictureKind::Webp:
    case PictureKind::Gif:
    case PictureKind::Tiff:
    case PictureKind::Heic:
    case PictureKind::Avif: return true;
    default: return vips_image_get_typeof(image, "interlaced") != 0;
    }
}

void check_pixels(PictureKind kind, int width, int height, std::int64_t allowed) {
    if (std::int64_t{width} * height > allowed) {
        throw Error(ErrorCode::TooLarge,
                    fmt::format("The {} picture is {}x{}, more than the {} pixels allowed; send a smaller one.",
                                name_of(kind), width, height, allowed));
    }
}

VipsImagePtr opened_for_header(PictureKind kind, std::string_view bytes, const DecodeLimits& limits) {
    auto image = open_picture(kind, bytes, {.tolerant = true});
    if (!image) refuse_damaged(kind);
    const bool held_whole = is_held_whole(kind, image->get());
    check_pixels(kind, (*image)->Xsize, (*image)->Ysize,
                 held_whole ? std::min(limits.pixels_max, whole_picture_pixels_max) : limits.pixels_max);
    return std::move(*image);
}

/// Whether a JPEG needs nothing but its decoder: it is upright, and its colours are sRGB.
bool is_plain(VipsImage* image) {
    return image->Bands == 3 && image->Type == VIPS_INTERPRETATION_sRGB &&
           vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0 && vips_image_get_orientation(image) == 1;
}

/// Of such a file, where it need not be resampled, too.
std::optional<Picture> read_plain_pixels(const PictureHeader& header, std::string_view bytes, double scale,
                                         int side_max) {
    const int shrink = jpeg_shrink(scale);
    if (std::max(header.width, header.height) > shrink * side_max) return std::nullopt;
    return plain_jpeg_pixels(bytes, header.width, header.height, shrink);
}

std::optional<Picture> read_pixels(PictureKind kind, std::string_view bytes, const LoadOptions& options, int side_max) {
    const auto image = open_picture(kind, bytes, options);
    return image ? upright_srgb(image->get(), side_max) : std::nullopt;
}

/// The file itself, for whoever wants a JPEG of its pixels; null where it is not fit for that, or longer than such a
/// JPEG would be.
std::shared_ptr<const std::string> file_of_pixels(std::string_view bytes, const PictureHeader& header,
                                                  const Picture& picture) {
    if (picture.width != header.width || picture.height != header.height) return nullptr;
    if (bytes.size() > picture.rgb.size() / 6 || !is_bare_jpeg(bytes)) return nullptr;
    return std::make_shared<const std::string>(bytes);
}

} // namespace

PictureFile::PictureFile(std::string_view bytes, const DecodeLimits& limits)
    : bytes_(bytes), kind_(checked_kind(bytes, limits)) {
    header_.media_type = media_type_of(kind_);
    if (const auto size = kind_ == PictureKind::Jpeg ? plain_jpeg_size(bytes) : std::nullopt) {
        check_pixels(kind_, size->width, size->height, limits.pixels_max);
        header_.width = size->width;
        header_.height = size->height;
        plain_ = true;
        return;
    }
    const auto image = opened_for_header(kind_, bytes, limits);
    header_.width = image->Xsize;
    header_.height = image->Ysize;
    if (vips_image_get_orientation_swap(image.get())) std::swap(header_.width, header_.height);
    plain_ = kind_ == PictureKind::Jpeg && is_plain(image.get());
}

DecodedPicture PictureFile::decode(int side_max) const {
    DecodedPicture decoded{.header = header_, .picture = {}};
    const auto [shorter, longer] = std::minmax(header_.width, header_.height);
    // Never to less than a pixel: libvips ends the process where a decoder reduces a narrow picture to no width.
    const double wanted = std::max(static_cast<double>(side_max) / longer, 1.0 / shorter);
    LoadOptions options{.scale = std::min(1.0, wanted)};

    auto picture = plain_ ? read_plain_pixels(header_, bytes_, options.scale, side_max) : std::nullopt;
    if (picture) picture->jpeg = file_of_pixels(bytes_, header_, *picture);
    if (!picture) picture = read_pixels(kind_, bytes_, options, side_max);
    if (!picture) {
        options.tolerant = true;
        picture = read_pixels(kind_, bytes_, options, side_max);
        decoded.partial = true;
    }
    if (!picture) refuse_damaged(kind_);
    decoded.picture = std::move(*picture);
    return decoded;
}

PictureHeader read_header(std::string_view bytes, const DecodeLimits& limits) {
    return PictureFile(bytes, limits).header();
}

DecodedPicture decode(std::string_view bytes, const DecodeLimits& limits) {
    return PictureFile(bytes, limits).decode(limits.side_max);
}

} // namespace vitrine
