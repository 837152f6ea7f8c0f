#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <vitrine/image.hpp>
#include <vitrine/product.hpp>

#include "core/label_evidence.hpp"
#include "core/local_features.hpp"
#include "core/lru_cache.hpp"
#include "storage/database.hpp"

namespace vitrine {

/// A catalogue image that may be what a crop shows, its product, and the product's words ready to be compared.
struct Candidate {
    ProductImage link;
    Product product;
    std::shared_ptr<const PreparedProduct> words;
};

/// Catalogue images by link, and crops' local features by image. Rows may change at any time and are read anew; what is
/// made of them is kept within a budget of bytes: a product's words until it is updated, features, which never change
/// while their model does not. Safe from any thread.
class CandidateSource {
public:
    CandidateSource(Database& database, std::size_t bytes_max)
        : database_(database), features_(bytes_max), words_(bytes_max / 4) {}

    /// The candidates of these links, each once and in any order; a link that is gone is left out.
    [[nodiscard]] std::vector<Candidate> find(std::span<const ProductImageId> links);

    /// The primary links of products that bear one of these barcodes, at most 100 for each.
    [[nodiscard]] std::vector<ProductImageId> find_by_barcodes(std::span<const std::string> codes);

    /// The local features that `model` made of `crop`; never null, empty when there are none.
    [[nodiscard]] std::shared_ptr<const LocalFeatures> features_of(ImageId crop, const std::string& model);

private:
    [[nodiscard]] std::shared_ptr<const PreparedProduct> words_of(const Product& product);

    Database& database_;
    LruCache<std::string, LocalFeatures> features_; ///< by "<image id> <model>"
    LruCache<std::string, PreparedProduct> words_;  ///< by "<product id> <updated_at>"
};

} // namespace vitrine
