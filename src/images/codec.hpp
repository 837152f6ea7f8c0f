#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "images/picture.hpp"
#include "images/picture_kind.hpp"

namespace vitrine {

/// What may be decoded. Checked from the header's claims before any pixel is allocated.
struct DecodeLimits {
    std::int64_t bytes_max = 32LL << 20;
    /// Of kinds that are held whole while decoding (progressive, interlaced, WebP, TIFF, HEIC), 50 million at most.
    std::int64_t pixels_max = 100'000'000;
    /// A larger picture is decoded at a smaller scale: its longer side then has this many pixels, or up to a tenth
    /// fewer where that lets the decoder skip most of the work (a 4032-pixel JPEG at 2048 is read as 2016).
    int side_max = 4096;
};

/// What a file's header says; told from its content, never from its name.
struct PictureHeader {
    std::string media_type; ///< "image/jpeg", "image/png", "image/webp", …
    int width = 0;          ///< upright, in pixels of the file
    int height = 0;
};

struct DecodedPicture {
    PictureHeader header;
    Picture picture; ///< upright; smaller than the header says when the picture was reduced
    bool partial =
        false; ///< the file ended early or was damaged; what could be read is there, the rest is one plain colour
};

/// A picture's file whose header was read and accepted: its pixels can be had without reading the header again. Safe
/// from any thread.
class PictureFile {
public:
    /// Reads the header alone. `bytes` must outlive this. Throws Error(Unsupported) for what is not an accepted kind of
    /// picture (naming the kinds that are), Error(TooLarge), Error(BadInput) when it is damaged or has no pixels.
    PictureFile(std::string_view bytes, const DecodeLimits& limits);

    [[nodiscard]] const PictureHeader& header() const noexcept { return header_; }

    /// Decodes the first frame, turned upright by its EXIF orientation, converted to sRGB, transparency laid on white;
    /// reduced as DecodeLimits::side_max says. Throws Error(BadInput) when nothing of it can be read.
    [[nodiscard]] DecodedPicture decode(int side_max) const;

private:
    std::string_view bytes_;
    PictureKind kind_;
    PictureHeader header_;
    bool plain_ = false; ///< a JPEG that needs nothing but its decoder
};

/// The header of a PictureFile. Throws as its constructor. Safe from any thread.
PictureHeader read_header(std::string_view bytes, const DecodeLimits& limits);

/// The pixels of a PictureFile. Throws as it does. Safe from any thread; peak memory is bounded by the limits.
DecodedPicture decode(std::string_view bytes, const DecodeLimits& limits);

/// The picture as a JPEG without any metadata. `quality` in [1, 100]. Throws Error(BadInput) for another quality and
/// for a picture that JPEG cannot hold (no pixels, a side over 65,500). Safe from any thread.
std::string encode_jpeg(const Picture& picture, int quality = 90);

/// The picture reduced so that its longer side has at most `side` pixels; itself if it is not larger. Throws
/// Error(BadInput) for a side below 1. Safe from any thread.
Picture thumbnail(const Picture& picture, int side);

} // namespace vitrine
