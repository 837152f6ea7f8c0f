#pragma once

#include <optional>
#include <string_view>

#include "images/picture.hpp"

namespace vitrine {

/// Of a whole file, in pixels.
struct JpegSize {
    int width = 0;
    int height = 0;
};

/// The size of an ordinary JPEG whose header says neither how it is to be turned (Exif) nor what its colours are (a
/// profile): all that must be known of it. Nothing for any other file, which libvips must look at; that takes ten times
/// as long. Reads no pixel. Safe from any thread.
std::optional<JpegSize> plain_jpeg_size(std::string_view bytes);

/// The pixels of an ordinary JPEG (three components, sequential, no damage that libjpeg notices), reduced by its
/// decoder by `shrink` (1, 2, 4 or 8), on the calling thread and straight into the picture. `width` and `height` are
/// the whole file's, which must have been checked against the limits. Nothing for any other file: libvips, which starts
/// a thread for each picture and copies each row, knows what to do with that. Reads no colour profile and no
/// orientation. Safe from any thread.
std::optional<Picture> plain_jpeg_pixels(std::string_view bytes, int width, int height, int shrink);

} // namespace vitrine
