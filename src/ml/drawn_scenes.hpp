#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "images/picture.hpp"

/// Pictures that tests draw.
namespace vitrine::scenes {

using Colour = std::array<std::uint8_t, 3>; ///< red, green, blue

inline constexpr Colour white{255, 255, 255};
inline constexpr Colour black{0, 0, 0};

Picture plain(int width, int height, const Colour& colour);
Picture noise(int width, int height, std::uint32_t seed);
void fill(Picture& picture, const Box& box, const Colour& colour);

/// Many small discs of a few colours: structure with corners everywhere.
void fill_with_blobs(Picture& picture, const Box& box, std::uint32_t seed);

/// Every channel moves by up to `amount` either way.
void add_noise(Picture& picture, int amount);

Picture mirrored(const Picture& picture);

/// Black, white, noise, one pixel, a line, a strip: what breaks careless code.
std::vector<Picture> odd_pictures();

} // namespace vitrine::scenes
