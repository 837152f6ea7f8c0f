#pragma once

// For the sources of this floor alone: libvips' and GLib's headers must not leak through any other header.

#include <memory>
#include <optional>

#include <vips/vips.h>

#include "images/picture.hpp"

namespace vitrine {

struct UnrefImage {
    void operator()(VipsImage* image) const noexcept { g_object_unref(image); }
};

/// One reference to a libvips image: a recipe whose pixels are made when they are asked for. An image made from bytes
/// or from a Picture borrows them.
using VipsImagePtr = std::unique_ptr<VipsImage, UnrefImage>;

/// Starts libvips once for the process, with only its trusted decoders, no cache of operations and no threads of its
/// own: the workers are the parallelism. Called before any other call of libvips, on every thread that makes one; that
/// thread's memory inside libvips is given back when it ends. Throws Error(Unavailable) when libvips cannot start.
void use_vips();

/// The image that `operation(VipsImage** out)` makes, a libvips call that returns 0 for success; nothing when it
/// failed. libvips' own words are dropped: it keeps one text for all threads, so they may be about another picture.
template <class Operation>
std::optional<VipsImagePtr> vips_made(const Operation& operation) {
    VipsImage* out = nullptr;
    if (operation(&out) != 0) {
        vips_error_clear();
        return std::nullopt;
    }
    return VipsImagePtr(out);
}

/// One more reference to `image`.
inline VipsImagePtr vips_shared(VipsImage* image) {
    g_object_ref(image);
    return VipsImagePtr(image);
}

/// Throws Error(BadInput) when the picture has none, or fewer than it says.
void require_pixels(const Picture& picture);

/// A libvips image of the pixels of `picture`, which must outlive it. Throws Error(BadInput) when it has none.
VipsImagePtr vips_image_of(const Picture& picture);

/// `image` so that its longer side has at most `side` pixels (Lanczos); itself if it is not larger.
std::optional<VipsImagePtr> vips_reduced(VipsImage* image, int side);

/// Makes the pixels of an image of three 8-bit bands, on the calling thread; nothing when reading them failed.
std::optional<Picture> pixels_of(VipsImage* image);

} // namespace vitrine
