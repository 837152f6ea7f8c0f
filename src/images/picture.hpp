#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <vitrine/box.hpp>

namespace vitrine {

/// Decoded pixels: upright, sRGB, 8 bits a channel, three channels R G B, rows from the top without padding.
struct Picture {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> rgb; ///< width * height * 3 bytes

    /// The file that just these pixels were decoded from, where it is a JPEG that holds nothing else (is_bare_jpeg) and
    /// is not large: whoever needs one of them need not compress them anew. Null otherwise.
    std::shared_ptr<const std::string> jpeg = nullptr;

    [[nodiscard]] const std::uint8_t* row(int y) const { return rgb.data() + std::size_t(y) * width * 3; }
};

/// A copy of the pixels inside `box`; of the whole picture, with its file. Throws Error(BadInput) when the box does not fit.
Picture cut(const Picture& picture, const Box& box);

} // namespace vitrine
