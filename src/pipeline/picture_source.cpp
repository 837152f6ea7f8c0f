#include "pipeline/picture_source.hpp"

#include <utility>

#include <fmt/format.h>

#include <vitrine/error.hpp>

namespace vitrine {

std::shared_ptr<const DecodedPicture> PictureSource::decode(const std::string& sha256, const PictureFile& file) {
    if (auto kept = cache_.find(sha256)) return kept;
    return std::make_shared<const DecodedPicture>(file.decode(limits_.side_max));
}

void PictureSource::keep(const std::string& sha256, std::shared_ptr<const DecodedPicture> decoded) {
    const auto& picture = decoded->picture;
    const std::size_t bytes = picture.rgb.size() + (picture.jpeg ? picture.jpeg->size() : 0);
    cache_.put(sha256, std::move(decoded), bytes);
}

std::shared_ptr<const DecodedPicture> PictureSource::of(const Image& original) {
    if (auto kept = cache_.find(original.sha256)) return kept;
    return readings_.run(original.sha256, [&] {
        const auto bytes = blobs_.get(original.sha256);
        if (!bytes) {
            throw Error(
                ErrorCode::Corrupted,
                fmt::format("The stored file of image {} is missing; hand the photo in again.", original.id.value));
        }
        auto decoded = decode(original.sha256, PictureFile(*bytes, limits_));
        keep(original.sha256, decoded);
        return decoded;
    });
}

} // namespace vitrine
