#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace vitrine {

/// One local feature of a crop: where it is, and a RootSIFT descriptor with one byte per dimension.
/// Lowe, "Distinctive Image Features from Scale-Invariant Keypoints" (2004); Arandjelovic and Zisserman, "Three things
/// everyone should know to improve object retrieval" (2012).
struct LocalFeature {
    static constexpr int dimensions = 128;

    float x = 0.0F;     ///< in pixels of the crop's own picture
    float y = 0.0F;
    float scale = 0.0F; ///< the keypoint's diameter in the same pixels
    float angle = 0.0F; ///< in degrees, [0, 360)
    std::array<std::uint8_t, dimensions> descriptor{};
};

using LocalFeatures = std::vector<LocalFeature>;

/// The most features kept with one crop.
constexpr std::size_t local_features_max = 1000;

/// A compact, versioned byte form for storing beside an Image: little-endian, the same on every machine.
std::string to_bytes(const LocalFeatures& features);

/// The features in `bytes`. Throws Error(Corrupted) on any other text, a newer version or more than the maximum.
LocalFeatures local_features_from_bytes(const std::string& bytes);

} // namespace vitrine
