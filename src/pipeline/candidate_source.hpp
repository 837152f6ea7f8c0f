#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <vitrine/image.hpp>
#include <vitrine/product.hpp>

#include "core/local_features.hpp"
#include "core/lru_cache.hpp"
#include "storage/database.hpp"

namespace vitrine {

/// A catalogue image that may be what a crop shows, and its product.
struct Candidate {
    ProductImage link;
    Product product;
};

/// Catalogue images by link, and crops' local features by image. Features never change while their model does not, so
/// they are kept within a budget of bytes; products may change at any time and are read anew. Safe from any thread.
class CandidateSource {
public:
    CandidateSource(Database& database, std::size_t bytes_max) : database_(database), features_(bytes_max) {}

    /// The candidates of these links, in their order; a link that is gone is left out.
    [[nodiscard]] std::vector<Candidate> find(std::span<const ProductImageId> links);

    /// The primary links of products that bear one of these barcodes, at most 100 for each.
    [[nodiscard]] std::vector<ProductImageId> find_by_barcodes(std::span<const std::string> codes);

    /// The local features that `model` made of `crop`; never null, empty when there are none.
    [[nodiscard]] std::shared_ptr<const LocalFeatures> features_of(ImageId crop, const std::string& model);

private:
    Database& database_;
    LruCache<std::string, LocalFeatures> features_; ///< by "<image id> <model>"
};

} // namespace vitrine
