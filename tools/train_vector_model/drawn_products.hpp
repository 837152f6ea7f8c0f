#pragma once

#include <array>
#include <optional>
#include <variant>

#include <opencv2/core.hpp>

#include "images/picture.hpp"
#include "randomness.hpp"

// This program is no part of the product, so its headers may show OpenCV's types.
namespace vitrine::training {

/// Something that grows: round or long, shaded, of one or two mixed colours.
struct Produce {
    cv::Vec3f colour;
    cv::Vec3f second_colour;
    std::optional<cv::Vec3f> stem;
    std::optional<cv::Vec3f> cut;
    double elongation = 1.0;
    double mixing = 0.0;
    int grain = 8; ///< size of the colours' patches: higher is finer
    double gloss = 0.0;
    int pieces = 1; ///< in the shop's picture
};

/// A printed box: `seed` decides the print.
struct Package {
    std::array<cv::Vec3f, 4> colours;
    double aspect = 2.0;
    std::uint32_t seed = 0;
};

using Thing = std::variant<Produce, Package>;

Thing make_thing(Randomness& random);

/// The thing as a shop shows it: on white.
Picture draw_on_white(const Thing& thing, Randomness& random);

/// The thing as somebody photographs it: a heap, or in a hand, among other things, under poor light.
Picture draw_scene(const Thing& thing, Randomness& random);

} // namespace vitrine::training
