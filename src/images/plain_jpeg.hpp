#pragma once

#include <optional>
#include <string_view>

#include "images/picture.hpp"

namespace vitrine {

/// The pixels of an ordinary JPEG (three components, sequential, no damage that libjpeg notices), reduced by its
/// decoder by `shrink` (1, 2, 4 or 8), on the calling thread and straight into the picture. `width` and `height` are
/// the whole file's, which must have been checked against the limits. Nothing for any other file: libvips, which starts
/// a thread for each picture and copies each row, knows what to do with that. Reads no colour profile and no
/// orientation. Safe from any thread.
std::optional<Picture> plain_jpeg_pixels(std::string_view bytes, int width, int height, int shrink);

} // namespace vitrine
