#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include <vitrine/box.hpp>

#include "images/picture.hpp"
#include "ml/detection_decoder.hpp"

namespace vitrine {

/// How a picture becomes a network's input [N,3,height,width].
struct InputSpec {
    enum class Resize { Stretch, Letterbox };

    std::string name; ///< of the network's input; empty: its only one
    int width = 0;
    int height = 0;
    bool blue_first = false; ///< channels B G R
    Resize resize = Resize::Stretch;
    double fill = 114.0;                        ///< grey value beside a letterboxed picture
    std::array<double, 3> mean{};               ///< taken off each channel, in the order of the channels
    std::array<double, 3> scale{1.0, 1.0, 1.0}; ///< then multiplied
};

/// Where the picture lies in the input, in parts of the input's sides.
struct Placement {
    double left = 0.0;
    double top = 0.0;
    double width = 1.0;
    double height = 1.0;
};

/// Writes the part of the picture inside `box` as 3 * height * width floats to `out`, channel by channel. Smaller
/// pictures are enlarged bilinearly, larger ones reduced likewise, as the networks' own programs do. A letterboxed
/// picture keeps its proportions and lies in the middle. Throws Error(BadInput) when the box does not fit.
Placement write_input(const Picture& picture, const Box& box, const InputSpec& spec, std::span<float> out);

/// A box in the input as whole pixels of the picture, cut off at its border; an area of 0 when none of it is inside.
Box to_picture_box(const RawDetection& box, const Placement& placement, int picture_width, int picture_height);

} // namespace vitrine
