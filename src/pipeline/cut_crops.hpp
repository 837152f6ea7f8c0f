#pragma once

#include <memory>
#include <utility>

#include "core/lru_cache.hpp"
#include "storage/image_repository.hpp"

namespace vitrine {

/// The crops that crop steps of this process have just saved, each until its label step takes it, which so need not
/// read it. A cache and no more: the rows hold the same. Safe from any thread.
class CutCrops {
public:
    using Cut = image_repository::CropAndOriginal;

    void put(Cut cut) {
        const ImageId crop = cut.crop.id;
        cut_.put(crop, std::make_shared<const Cut>(std::move(cut)), bytes_each);
    }

    /// Nothing when another process cut it, somebody took it, or it was long ago.
    [[nodiscard]] std::shared_ptr<const Cut> take(ImageId crop) { return cut_.take(crop); }

private:
    static constexpr std::size_t bytes_each = sizeof(Cut) + 200; ///< as both are: without label, vector and features
    static constexpr std::size_t bytes_max = 4 << 20;

    LruCache<ImageId, Cut> cut_{bytes_max};
};

} // namespace vitrine
