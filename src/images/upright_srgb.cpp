#include "images/upright_srgb.hpp"

#include <algorithm>
#include <utility>

namespace vitrine {
namespace {

using Made = std::optional<VipsImagePtr>;

Made in_space(VipsImage* image, VipsInterpretation space) {
    return vips_made([&](VipsImage** out) { return vips_colourspace(image, out, space, nullptr); });
}

// 16-bit channels hold nothing that 8 bits of a product photo lack, and every later step is faster on 8.
Made with_8_bits(VipsImage* image) {
    if (image->BandFmt == VIPS_FORMAT_UCHAR) return vips_shared(image);
    if (image->BandFmt != VIPS_FORMAT_USHORT) return in_space(image, VIPS_INTERPRETATION_sRGB);
    const bool cmyk = image->Type == VIPS_INTERPRETATION_CMYK;
    const auto rgb_or_grey = image->Bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
    const auto narrow =
        vips_made([&](VipsImage** out) { return vips_cast(image, out, VIPS_FORMAT_UCHAR, "shift", TRUE, nullptr); });
    if (!narrow) return std::nullopt;
    return vips_made([&](VipsImage** out) {
        return vips_copy(narrow->get(), out, "interpretation", cmyk ? VIPS_INTERPRETATION_CMYK : rgb_or_grey, nullptr);
    });
}

// Before reducing: the colours hidden under full transparency would bleed into the edges.
Made on_white(VipsImage* image) {
    if (!vips_image_hasalpha(image)) return vips_shared(image);
    const double white = 255.0;
    auto* const background = vips_array_double_new(&white, 1);
    auto made = vips_made([&](VipsImage** out) { return vips_flatten(image, out, "background", background, nullptr); });
    vips_area_unref(VIPS_AREA(background));
    return made;
}

// As browsers show CMYK that comes without a profile: each ink darkens its complement, black darkens all.
Made without_inks(VipsImage* cmyk) {
    const auto light = vips_made([&](VipsImage** out) { return vips_invert(cmyk, out, nullptr); });
    if (!light) return std::nullopt;
    const auto colours =
        vips_made([&](VipsImage** out) { return vips_extract_band(light->get(), out, 0, "n", 3, nullptr); });
    const auto key = vips_made([&](VipsImage** out) { return vips_extract_band(light->get(), out, 3, nullptr); });
    if (!colours || !key) return std::nullopt;
    const auto product =
        vips_made([&](VipsImage** out) { return vips_multiply(colours->get(), key->get(), out, nullptr); });
    if (!product) return std::nullopt;
    return vips_made(
        [&](VipsImage** out) { return vips_linear1(product->get(), out, 1.0 / 255.0, 0.0, "uchar", TRUE, nullptr); });
}

// A profile that is damaged or made for other channels is passed over, as browsers do.
Made in_srgb(VipsImage* image) {
    if (vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0) {
        auto managed = vips_made(
            [&](VipsImage** out) { return vips_icc_transform(image, out, "srgb", "embedded", TRUE, nullptr); });
        if (managed) return managed;
    }
    if (image->Type == VIPS_INTERPRETATION_CMYK && image->Bands >= 4) return without_inks(image);
    if (image->Type == VIPS_INTERPRETATION_sRGB) return vips_shared(image);
    return in_space(image, VIPS_INTERPRETATION_sRGB);
}

// Every stage copies each row once more, so those that would change nothing are left out.
Made three_bands(VipsImage* image) {
    if (image->Bands == 3) return vips_shared(image);
    return vips_made([&](VipsImage** out) { return vips_extract_band(image, out, 0, "n", 3, nullptr); });
}

// EXIF 2.32, tag 0x0112. On the reduced picture in memory: turning needs columns, decoders give rows.
std::optional<Picture> turned_upright(Picture picture, int orientation) {
    if (orientation == 1) return picture;
    const auto turned = vips_image_of(picture);
    vips_image_set_int(turned.get(), VIPS_META_ORIENTATION, orientation);
    const auto upright = vips_made([&](VipsImage** out) { return vips_autorot(turned.get(), out, nullptr); });
    return upright ? pixels_of(upright->get()) : std::nullopt;
}

} // namespace

std::optional<Picture> upright_srgb(VipsImage* image, int side_max) {
    const int orientation = vips_image_get_orientation(image);
    auto stage = with_8_bits(image);
    if (stage) stage = on_white(stage->get());
    if (stage) stage = vips_reduced(stage->get(), side_max);
    if (stage) stage = in_srgb(stage->get());
    if (stage) stage = three_bands(stage->get());
    if (!stage) return std::nullopt;
    auto picture = pixels_of(stage->get());
    return picture ? turned_upright(std::move(*picture), orientation) : std::nullopt;
}

} // namespace vitrine
