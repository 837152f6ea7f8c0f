#include <algorithm>
#include <cstdlib>
#include <memory>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "images/codec.hpp"
#include "images/jpeg_failure.hpp"
#include "images/vips_image.hpp"

namespace vitrine {
namespace {

struct FreeBytes {
    void operator()(unsigned char* bytes) const noexcept { std::free(bytes); }
};

/// Compresses into memory of malloc; false when libjpeg cannot. By libjpeg itself and not by libvips, which runs a
/// thread for each picture: for a crop of 320 x 240 that doubles the work (docs/performance.md). The jump passes over
/// nothing that has a destructor.
bool compress(const Picture& picture, int quality, unsigned char** bytes, unsigned long* size) {
    jpeg_compress_struct info{};
    JpegFailure failure;
    info.err = &failure.functions;
    if (setjmp(failure.where) != 0) {
        jpeg_destroy_compress(&info);
        *bytes = nullptr; // it may be gone already: libjpeg writes it anew when it has grown only at the end
        return false;
    }
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, bytes, size);
    info.image_width = static_cast<JDIMENSION>(picture.width);
    info.image_height = static_cast<JDIMENSION>(picture.height);
    info.input_components = 3;
    info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    constexpr int quality_of_whole_colour = 90;
    if (quality >= quality_of_whole_colour) info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(&info, TRUE);
    const auto row_bytes = static_cast<std::size_t>(picture.width) * 3;
    while (info.next_scanline < info.image_height) {
        auto* row = const_cast<JSAMPLE*>(picture.rgb.data() + info.next_scanline * row_bytes); // libjpeg reads alone
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    return true;
}

} // namespace

std::string encode_jpeg(const Picture& picture, int quality) {
    if (quality < 1 || quality > 100) {
        throw Error(ErrorCode::BadInput, fmt::format("A JPEG quality of {} is not between 1 and 100.", quality));
    }
    require_pixels(picture);
    // Here and not by libjpeg, which would leave what it had allocated to nobody.
    if (std::max(picture.width, picture.height) > JPEG_MAX_DIMENSION) {
        throw Error(ErrorCode::BadInput,
                    fmt::format("A picture of {}x{} pixels cannot be written as JPEG, whose sides have {} at most.",
                                picture.width, picture.height, JPEG_MAX_DIMENSION));
    }
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    const bool done = compress(picture, quality, &bytes, &size);
    const std::unique_ptr<unsigned char, FreeBytes> owned(bytes);
    if (!done) throw Error(ErrorCode::Internal, "A picture in memory could not be written as JPEG.");
    return {reinterpret_cast<const char*>(bytes), size};
}

Picture thumbnail(const Picture& picture, int side) {
    if (side < 1) throw Error(ErrorCode::BadInput, fmt::format("A thumbnail of {} pixels is not possible.", side));
    if (std::max(picture.width, picture.height) <= side) return picture;
    use_vips();
    const auto image = vips_image_of(picture);
    const auto small = vips_reduced(image.get(), side);
    auto pixels = small ? pixels_of(small->get()) : std::nullopt;
    if (!pixels) throw Error(ErrorCode::Internal, "A picture in memory could not be reduced.");
    return std::move(*pixels);
}

} // namespace vitrine
