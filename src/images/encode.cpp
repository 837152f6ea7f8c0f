#include <algorithm>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "images/codec.hpp"
#include "images/vips_image.hpp"

namespace vitrine {
namespace {

struct FreeBytes {
    void operator()(void* bytes) const noexcept { g_free(bytes); }
};

} // namespace

std::string encode_jpeg(const Picture& picture, int quality) {
    if (quality < 1 || quality > 100) {
        throw Error(ErrorCode::BadInput, fmt::format("A JPEG quality of {} is not between 1 and 100.", quality));
    }
    use_vips();
    const auto image = vips_image_of(picture);
    void* bytes = nullptr;
    std::size_t size = 0;
    if (vips_jpegsave_buffer(image.get(), &bytes, &size, "Q", quality, "strip", TRUE, nullptr) != 0) {
        vips_error_clear();
        throw Error(ErrorCode::BadInput,
                    fmt::format("A picture of {}x{} pixels cannot be written as JPEG.", picture.width, picture.height));
    }
    const std::unique_ptr<void, FreeBytes> owned(bytes);
    return {static_cast<const char*>(bytes), size};
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
