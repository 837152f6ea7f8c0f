#include "images/bare_jpeg.hpp"

#include "images/jpeg_failure.hpp"

namespace vitrine {
namespace {

/// Where the first scan begins; 0 where the header cannot be read or holds more than the picture. The jump passes over
/// nothing that has a destructor.
std::size_t bytes_of_bare_header(std::string_view bytes) {
    jpeg_decompress_struct info{};
    JpegFailure failure;
    info.err = &failure.functions;
    if (setjmp(failure.where) != 0) {
        jpeg_destroy_decompress(&info);
        return 0;
    }
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    constexpr int jfif = 0;
    constexpr int adobe = 14; // with JFIF's, what tells how the colours are meant
    constexpr unsigned noted_bytes = 1;
    jpeg_save_markers(&info, JPEG_COM, noted_bytes);
    for (int i = 0; i < 16; ++i) {
        if (i != jfif && i != adobe) jpeg_save_markers(&info, JPEG_APP0 + i, noted_bytes);
    }
    jpeg_read_header(&info, TRUE);
    const bool bare = info.marker_list == nullptr && failure.warnings() == 0;
    const std::size_t left = info.src->bytes_in_buffer;
    jpeg_destroy_decompress(&info);
    return bare ? bytes.size() - left : 0;
}

} // namespace

bool is_bare_jpeg(std::string_view bytes) {
    constexpr std::string_view end_of_image("\xff\xd9");
    const auto scan = bytes_of_bare_header(bytes);
    // In the coded pixels these two bytes never follow each other.
    return scan > 0 && bytes.find(end_of_image, scan) == bytes.size() - end_of_image.size();
}

} // namespace vitrine
