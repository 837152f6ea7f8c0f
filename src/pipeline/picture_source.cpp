#include "pipeline/picture_source.hpp"

#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine {

std::shared_ptr<const DecodedPicture> PictureSource::decode_and_keep(const std::string& sha256,
                                                                     const PictureFile& file) {
    if (auto kept = cache_.find(sha256)) return kept;
    auto decoded = std::make_shared<const DecodedPicture>(file.decode(limits_.side_max));
    const auto& picture = decoded->picture;
    cache_.put(sha256, decoded, picture.rgb.size() + (picture.jpeg ? picture.jpeg->size() : 0));
    return decoded;
}

std::shared_ptr<const DecodedPicture> PictureSource::of(const Image& original) {
    if (auto kept = cache_.find(original.sha256)) return kept;
    const auto bytes = blobs_.get(original.sha256);
    if (!bytes) {
        throw Error(ErrorCode::Corrupted,
                    fmt::format("The stored file of image {} is missing; hand the photo in again.", original.id.value));
    }
    return decode_and_keep(original.sha256, PictureFile(*bytes, limits_));
}

} // namespace vitrine
