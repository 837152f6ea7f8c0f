#include "images/plain_jpeg.hpp"

#include <cstring>
#include <vector>

#include "images/jpeg_failure.hpp"

namespace vitrine {
namespace {

/// What the decoder gives of a file that it reduces.
struct Reduced {
    int shrink = 1;
    int width = 0, height = 0;
};

constexpr int exif_marker = JPEG_APP0 + 1;    // which may say that the picture is to be turned
constexpr int profile_marker = JPEG_APP0 + 2; // which may say that its colours are not sRGB

bool is_plain(const jpeg_decompress_struct& info) {
    const bool three_colours = info.jpeg_color_space == JCS_YCbCr || info.jpeg_color_space == JCS_RGB;
    return info.num_components == 3 && three_colours && info.progressive_mode == FALSE;
}

/// Fills `picture`, which has its size already. A row of which the picture lacks the end, or that it lacks whole, goes
/// by way of `row`, which has room for one of the decoder's. False where the file is not plain, of another size, or
/// damaged. The jump passes over nothing that has a destructor.
bool decompress(std::string_view bytes, const Reduced& size, Picture& picture, std::vector<JSAMPLE>& row) {
    jpeg_decompress_struct info{};
    JpegFailure failure;
    info.err = &failure.functions;
    if (setjmp(failure.where) != 0) {
        jpeg_destroy_decompress(&info);
        return false;
    }
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(&info, TRUE);
    info.out_color_space = JCS_RGB;
    info.scale_num = 1;
    info.scale_denom = static_cast<unsigned>(size.shrink);
    jpeg_calc_output_dimensions(&info);
    bool whole = is_plain(info) && info.output_width == static_cast<JDIMENSION>(size.width) &&
                 info.output_height == static_cast<JDIMENSION>(size.height);
    if (whole) {
        jpeg_start_decompress(&info);
        const auto row_bytes = static_cast<std::size_t>(picture.width) * 3;
        while (info.output_scanline < info.output_height && failure.warnings() == 0) {
            const auto at = static_cast<int>(info.output_scanline);
            JSAMPLE* const kept = at < picture.height ? picture.rgb.data() + at * row_bytes : nullptr;
            const bool fits = kept != nullptr && size.width == picture.width;
            JSAMPLE* into = fits ? kept : row.data();
            jpeg_read_scanlines(&info, &into, 1);
            if (kept != nullptr && !fits) std::memcpy(kept, row.data(), row_bytes);
        }
        if (failure.warnings() == 0) jpeg_finish_decompress(&info);
        whole = failure.warnings() == 0;
    }
    jpeg_destroy_decompress(&info);
    return whole;
}

/// As `decompress`, of the header alone.
bool read_size(std::string_view bytes, JpegSize& size) {
    jpeg_decompress_struct info{};
    JpegFailure failure;
    info.err = &failure.functions;
    if (setjmp(failure.where) != 0) {
        jpeg_destroy_decompress(&info);
        return false;
    }
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_save_markers(&info, exif_marker, 1); // one byte is enough to see that it is there
    jpeg_save_markers(&info, profile_marker, 1);
    jpeg_read_header(&info, TRUE);
    const bool plain = is_plain(info) && info.marker_list == nullptr && failure.warnings() == 0;
    size = {.width = static_cast<int>(info.image_width), .height = static_cast<int>(info.image_height)};
    jpeg_destroy_decompress(&info);
    return plain;
}

} // namespace

std::optional<JpegSize> plain_jpeg_size(std::string_view bytes) {
    JpegSize size;
    return read_size(bytes, size) ? std::optional(size) : std::nullopt;
}

std::optional<Picture> plain_jpeg_pixels(std::string_view bytes, int width, int height, int shrink) {
    const Reduced size{
        .shrink = shrink, .width = (width + shrink - 1) / shrink, .height = (height + shrink - 1) / shrink};
    // As libvips: a last column or row that is less than a pixel is left out.
    Picture picture{.width = width / shrink, .height = height / shrink, .rgb = {}};
    if (picture.width < 1 || picture.height < 1) return std::nullopt;
    // Zeros that the rows are written over: in memory that no processor has seen lately this is quicker than appending.
    picture.rgb.resize(static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height) * 3);
    std::vector<JSAMPLE> row(static_cast<std::size_t>(size.width) * 3);
    if (!decompress(bytes, size, picture, row)) return std::nullopt;
    return picture;
}

} // namespace vitrine
