#include "images/picture_loader.hpp"

namespace vitrine {

int jpeg_shrink(double scale) {
    constexpr double least_of_scale = 0.9;
    int shrink = 1;
    while (shrink < 8 && scale * least_of_scale <= 1.0 / (shrink * 2)) {
        shrink *= 2;
    }
    return shrink;
}

namespace {

// A harmless oddity is an error to a strict libpng or libtiff at `warning`, but damaged JPEG data is no more than a
// warning to libjpeg.
VipsFailOn strictness(PictureKind kind, bool tolerant) {
    if (tolerant) return VIPS_FAIL_ON_NONE;
    return kind == PictureKind::Jpeg ? VIPS_FAIL_ON_WARNING : VIPS_FAIL_ON_ERROR;
}

} // namespace

std::optional<VipsImagePtr> open_picture(PictureKind kind, std::string_view bytes, const LoadOptions& options) {
    use_vips();
    // libvips' signature lacks the const; it only reads.
    auto* const data = const_cast<char*>(bytes.data());
    const auto size = bytes.size();
    const auto fail_on = strictness(kind, options.tolerant);
    constexpr auto access = VIPS_ACCESS_SEQUENTIAL;
    return vips_made([&](VipsImage** out) {
        switch (kind) {
        case PictureKind::Jpeg:
            return vips_jpegload_buffer(data, size, out, "access", access, "fail_on", fail_on, "shrink",
                                        jpeg_shrink(options.scale), nullptr);
        case PictureKind::Webp:
            return vips_webpload_buffer(data, size, out, "access", access, "fail_on", fail_on, "scale", options.scale,
                                        nullptr);
        case PictureKind::Png:
            return vips_pngload_buffer(data, size, out, "access", access, "fail_on", fail_on, nullptr);
        case PictureKind::Gif:
            return vips_gifload_buffer(data, size, out, "access", access, "fail_on", fail_on, nullptr);
        case PictureKind::Tiff:
            return vips_tiffload_buffer(data, size, out, "access", access, "fail_on", fail_on, nullptr);
        case PictureKind::Heic:
        case PictureKind::Avif:
            return vips_heifload_buffer(data, size, out, "access", access, "fail_on", fail_on, nullptr);
        }
        return -1;
    });
}

} // namespace vitrine
