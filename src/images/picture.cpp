#include "images/picture.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine {

Picture cut(const Picture& picture, const Box& box) {
    if (!box.fits(picture.width, picture.height)) {
        throw Error(ErrorCode::BadInput, fmt::format("The box {},{} {}x{} does not fit a picture of {}x{} pixels.",
                                                     box.x, box.y, box.w, box.h, picture.width, picture.height));
    }
    if (box == Box{0, 0, picture.width, picture.height}) return picture;
    const std::size_t bytes_per_row = std::size_t(box.w) * 3;
    Picture part{box.w, box.h, {}};
    part.rgb.reserve(bytes_per_row * static_cast<std::size_t>(box.h));
    for (int y = box.y; y < box.y + box.h; ++y) {
        const auto* const from = picture.row(y) + std::size_t(box.x) * 3;
        part.rgb.insert(part.rgb.end(), from, from + bytes_per_row);
    }
    return part;
}

} // namespace vitrine
