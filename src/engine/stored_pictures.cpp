#include "engine/stored_pictures.hpp"

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "images/codec.hpp"
#include "pipeline/crop_selection.hpp"
#include "storage/image_repository.hpp"

namespace vitrine {
namespace {

Image require(Transaction& tx, ImageId id) {
    if (auto image = image_repository::find(tx, id)) return std::move(*image);
    throw Error(ErrorCode::NotFound, fmt::format("There is no image {}.", id.value));
}

} // namespace

std::string StoredPictures::jpeg_of(ImageId id, int side_max) {
    Image image;
    Image original;
    database_.read([&](Transaction& tx) {
        image = require(tx, id);
        original = image.original_id ? require(tx, *image.original_id) : image;
    });
    const auto decoded = pictures_.of(original);
    if (!image.box) return encode_jpeg(thumbnail(decoded->picture, side_max));
    const PictureScale scale{.decoded_width = decoded->picture.width,
                             .decoded_height = decoded->picture.height,
                             .full_width = original.width,
                             .full_height = original.height};
    return encode_jpeg(thumbnail(cut(decoded->picture, to_decoded(*image.box, scale)), side_max));
}

} // namespace vitrine
