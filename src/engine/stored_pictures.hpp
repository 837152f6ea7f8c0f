#pragma once

#include <string>

#include <vitrine/image.hpp>

#include "pipeline/picture_source.hpp"
#include "storage/database.hpp"

namespace vitrine {

/// Stored images as people look at them. Safe from any thread.
class StoredPictures {
public:
    StoredPictures(Database& database, PictureSource& pictures) : database_(database), pictures_(pictures) {}

    /// As Engine::picture_jpeg.
    [[nodiscard]] std::string jpeg_of(ImageId id, int side_max);

private:
    Database& database_;
    PictureSource& pictures_;
};

} // namespace vitrine
