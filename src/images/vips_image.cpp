#include "images/vips_image.hpp"

#include <algorithm>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

// Rows made at one time: enough to amortise a call, few enough to stay in the processor's cache.
constexpr int strip_rows = 64;

// libvips is a process-wide library that must be started once. A function-local static is the one way in C++ to do
// that on first use, from any thread, without a global.
class Vips {
public:
    Vips() {
        if (vips_init("vitrine") != 0) {
            throw Error(ErrorCode::Unavailable, "libvips could not be started; check that it is installed completely.");
        }
        vips_block_untrusted_set(TRUE);
        vips_cache_set_max(0);
        vips_concurrency_set(1);
        // A warning is about a damaged file, which DecodedPicture::partial tells; it is no business of our stderr.
        g_log_set_handler("VIPS", static_cast<GLogLevelFlags>(G_LOG_LEVEL_WARNING | G_LOG_LEVEL_INFO), ignore, nullptr);
    }
    ~Vips() { vips_shutdown(); }
    Vips(const Vips&) = delete;
    Vips& operator=(const Vips&) = delete;

private:
    static void ignore(const char*, GLogLevelFlags, const char*, void*) {}
};

// libvips keeps buffers per thread and learns only from this call that a thread which is not its own has ended.
struct ThreadOfVips {
    ThreadOfVips() = default;
    ~ThreadOfVips() { vips_thread_shutdown(); }
    ThreadOfVips(const ThreadOfVips&) = delete;
    ThreadOfVips& operator=(const ThreadOfVips&) = delete;
};

struct UnrefRegion {
    void operator()(VipsRegion* region) const noexcept { g_object_unref(region); }
};

} // namespace

void use_vips() {
    static const Vips vips;
    thread_local const ThreadOfVips thread;
}

void require_pixels(const Picture& picture) {
    const bool has_pixels =
        picture.width > 0 && picture.height > 0 &&
        picture.rgb.size() == std::size_t(picture.width) * static_cast<std::size_t>(picture.height) * 3;
    if (!has_pixels) throw Error(ErrorCode::BadInput, "A picture without pixels cannot be worked on.");
}

VipsImagePtr vips_image_of(const Picture& picture) {
    require_pixels(picture);
    VipsImagePtr image(vips_image_new_from_memory(picture.rgb.data(), picture.rgb.size(), picture.width, picture.height,
                                                  3, VIPS_FORMAT_UCHAR));
    if (!image) throw Error(ErrorCode::Internal, "A picture in memory could not be made one of libvips.");
    image->Type = VIPS_INTERPRETATION_sRGB;
    return image;
}

std::optional<VipsImagePtr> vips_reduced(VipsImage* image, int side) {
    const int longer = std::max(image->Xsize, image->Ysize);
    if (longer <= side) return vips_shared(image);
    const double scale = static_cast<double>(side) / longer;
    // A picture of 6000x2 keeps one row.
    const double horizontal = std::max(scale, 1.0 / image->Xsize);
    const double vertical = std::max(scale, 1.0 / image->Ysize);
    return vips_made([&](VipsImage** out) { return vips_resize(image, out, horizontal, "vscale", vertical, nullptr); });
}

std::optional<Picture> pixels_of(VipsImage* image) {
    if (image->Bands != 3 || image->BandFmt != VIPS_FORMAT_UCHAR) return std::nullopt;
    const std::unique_ptr<VipsRegion, UnrefRegion> region(vips_region_new(image));
    const std::size_t bytes_per_row = std::size_t(image->Xsize) * 3;
    Picture picture{image->Xsize, image->Ysize, {}};
    picture.rgb.reserve(bytes_per_row * static_cast<std::size_t>(image->Ysize));
    // By region and not by vips_image_write, which would run even one strip on a thread of its own.
    for (int top = 0; top < image->Ysize; top += strip_rows) {
        const VipsRect strip{0, top, image->Xsize, std::min(strip_rows, image->Ysize - top)};
        if (vips_region_prepare(region.get(), &strip) != 0) {
            vips_error_clear();
            return std::nullopt;
        }
        for (int y = top; y < top + strip.height; ++y) {
            const auto* const row = VIPS_REGION_ADDR(region.get(), 0, y);
            picture.rgb.insert(picture.rgb.end(), row, row + bytes_per_row);
        }
    }
    return picture;
}

} // namespace vitrine
