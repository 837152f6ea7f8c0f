#include "core/local_features.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string_view>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

// Layout: "VLF", one byte of version, a 32-bit count, then for each feature x, y, scale and angle as IEEE 754 binary32
// and the descriptor's bytes; every number little-endian.
static_assert(std::numeric_limits<float>::is_iec559 && sizeof(float) == 4);
constexpr std::string_view magic = "VLF";
constexpr char version = 1;
constexpr std::size_t header_bytes = 8;
constexpr std::size_t feature_bytes = 4 * 4 + LocalFeature::dimensions;

void append(std::string& out, std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) {
        out += static_cast<char>((value >> shift) & 0xFF);
    }
}

std::uint32_t read_u32(const char* from) {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
        value |= std::uint32_t{static_cast<unsigned char>(from[i])} << (8 * i);
    }
    return value;
}

float read_float(const char* from) {
    const auto value = std::bit_cast<float>(read_u32(from));
    if (!std::isfinite(value)) {
        throw Error(ErrorCode::Corrupted, "Stored local features hold a position that is not a number; index the "
                                          "picture again.");
    }
    return value;
}

std::size_t checked_count(const std::string& bytes) {
    if (bytes.size() < header_bytes || !bytes.starts_with(magic)) {
        throw Error(ErrorCode::Corrupted, "Stored local features are not in a known form; index the picture again.");
    }
    if (bytes[magic.size()] != version) {
        throw Error(ErrorCode::Corrupted, "Stored local features are of another version than this program's; index "
                                          "the picture again.");
    }
    const std::size_t count = read_u32(bytes.data() + 4);
    if (count > local_features_max || bytes.size() != header_bytes + count * feature_bytes) {
        throw Error(ErrorCode::Corrupted, "Stored local features have the wrong length; index the picture again.");
    }
    return count;
}

} // namespace

std::string to_bytes(const LocalFeatures& features) {
    if (features.size() > local_features_max) {
        throw Error(ErrorCode::BadInput, "A crop has " + std::to_string(features.size()) +
                                             " local features; keep the strongest " +
                                             std::to_string(local_features_max) + ".");
    }
    std::string out;
    out.reserve(header_bytes + features.size() * feature_bytes);
    out += magic;
    out += version;
    append(out, static_cast<std::uint32_t>(features.size()));
    for (const auto& feature : features) {
        for (const float value : {feature.x, feature.y, feature.scale, feature.angle}) {
            append(out, std::bit_cast<std::uint32_t>(value));
        }
        out.append(feature.descriptor.begin(), feature.descriptor.end());
    }
    return out;
}

LocalFeatures local_features_from_bytes(const std::string& bytes) {
    LocalFeatures features(checked_count(bytes));
    const char* from = bytes.data() + header_bytes;
    for (auto& feature : features) {
        feature.x = read_float(from);
        feature.y = read_float(from + 4);
        feature.scale = read_float(from + 8);
        feature.angle = read_float(from + 12);
        std::copy_n(from + 16, LocalFeature::dimensions, feature.descriptor.begin());
        from += feature_bytes;
    }
    return features;
}

} // namespace vitrine
