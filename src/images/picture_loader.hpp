#pragma once

// For the sources of this floor alone: see images/vips_image.hpp.

#include <optional>
#include <string_view>

#include "images/picture_kind.hpp"
#include "images/vips_image.hpp"

namespace vitrine {

/// How a file's pixels are to be read.
struct LoadOptions {
    bool tolerant = false; ///< read on over damage and an early end, leaving a plain colour where nothing could be read
    double scale = 1.0;    ///< in (0, 1]: a smaller picture is wanted; the decoder reduces as far as it cheaply can
};

/// By how much JPEG's own decoder reduces for `scale`: 1, 2, 4 or 8. It may go a little below: a decode at half size
/// and no resampling takes a third of the time of a whole decode that is then resampled to almost half.
int jpeg_shrink(double scale);

/// Opens the first frame of `bytes`, which must outlive the image, with the decoder of `kind` and no other. Only the
/// header is read now; pixels are read once, from top to bottom. Nothing when the header cannot be read.
std::optional<VipsImagePtr> open_picture(PictureKind kind, std::string_view bytes, const LoadOptions& options = {});

} // namespace vitrine
