#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <vitrine/image.hpp>
#include <vitrine/product.hpp>

#include "core/label_evidence.hpp"
#include "core/local_features.hpp"
#include "core/lru_cache.hpp"
#include "core/mean_vector.hpp"
#include "core/product_rules.hpp"
#include "pipeline/known_links.hpp"
#include "storage/database.hpp"

namespace vitrine {

/// What of a product is compared with a crop's label, prepared once.
struct KnownProduct {
    KnownProduct(const Product& product, const Vocabulary& vocabulary)
        : id(product.id), external_id(product.external_id), category(product.category),
          attributes(attribute_values(product)), words(product, vocabulary) {}

    [[nodiscard]] bool is_in(const ProductScope& scope) const;

    ProductId id;
    std::string external_id;
    std::string category;
    std::vector<std::pair<std::string, std::string>> attributes;
    PreparedProduct words;
};

/// A product that a crop may show, and its primary crop.
struct Candidate {
    ProductImageId link;
    ImageId image_id;
    std::shared_ptr<const KnownProduct> product;
    std::shared_ptr<const Embedding> vector{}; ///< of the crop; read only where vectors are compared less their means
};

/// Catalogue images by link, and crops' local features by image. Links may change at any time and are read anew, unless
/// the database tells that the catalogue has not changed; what is slow to read and to prepare is kept within a budget
/// of bytes: a product until it is updated, features, which never change while their model does not. Safe from any
/// thread.
class CandidateSource {
public:
    /// `vocabulary` is by which products' words are prepared, and crops' labels must be; null: the builtin one.
    CandidateSource(Database& database, std::size_t bytes_max, std::shared_ptr<const Vocabulary> vocabulary = nullptr)
        : database_(database), own_vocabulary_(std::move(vocabulary)), features_(bytes_max), products_(bytes_max / 4),
          vectors_(bytes_max / 2) {}

    [[nodiscard]] const Vocabulary& vocabulary() const {
        return own_vocabulary_ ? *own_vocabulary_ : Vocabulary::builtin();
    }

    /// The candidates of these links, by link; one that is gone, or primary no more, is left out.
    [[nodiscard]] std::vector<Candidate> find(std::span<const ProductImageId> links);

    /// The primary links of products that bear one of these barcodes, at most 100 for each.
    [[nodiscard]] std::vector<ProductImageId> find_by_barcodes(std::span<const std::string> codes);

    /// The primary links of the products in `scope`, by id, or some more: an attribute that more than `links_max`
    /// products have narrows nothing. Nothing when there are more than that altogether.
    [[nodiscard]] std::optional<std::vector<ProductImageId>> links_in(const ProductScope& scope, int links_max);

    /// The local features that `model` made of these crops, in their order; never null, empty where there are none.
    [[nodiscard]] std::vector<std::shared_ptr<const LocalFeatures>> features_of(std::span<const ImageId> crops,
                                                                                const std::string& model);

    /// The vectors that `model` made of these crops, in their order; nullptr for one that has none by it.
    [[nodiscard]] std::vector<std::shared_ptr<const Embedding>> vectors_of(std::span<const ImageId> crops,
                                                                           const std::string& model);

    /// What photos, and what the catalogue's pictures, have in common as `model` sees them, `asked` counted among the
    /// photos. The catalogue's mean is up to ten seconds old.
    [[nodiscard]] VectorMeans means_of(const std::string& model, std::span<const Embedding> asked);

private:
    /// What a model made of one crop.
    struct CropKey {
        ImageId crop;
        std::string model;
        friend bool operator==(const CropKey&, const CropKey&) = default;
    };
    struct ProductKey {
        ProductId product;
        Timestamp updated_at;
        friend bool operator==(const ProductKey&, const ProductKey&) = default;
    };
    struct KeyHash {
        std::size_t operator()(const CropKey& key) const noexcept;
        std::size_t operator()(const ProductKey& key) const noexcept;
    };

    struct KnownMean {
        MeanVector mean;
        std::chrono::steady_clock::time_point made{};
    };

    [[nodiscard]] std::shared_ptr<const KnownProduct> keep(const Product& product);

    /// Those of these links that are primary now.
    [[nodiscard]] std::vector<product_image_repository::PrimaryLink>
    primaries_of(std::span<const ProductImageId> links);

    /// What `model` made of these crops, in their order: from the cache, the rest by one question; nullptr for one that
    /// `read` does not answer.
    template <class Value, class Read, class Bytes>
    [[nodiscard]] std::vector<std::shared_ptr<const Value>>
    kept_or_read(LruCache<CropKey, Value, KeyHash>& cache, std::span<const ImageId> crops, const std::string& model,
                 Read read, Bytes bytes_of);

    Database& database_;
    const std::shared_ptr<const Vocabulary> own_vocabulary_; ///< may be null
    KnownLinks links_;
    LruCache<CropKey, LocalFeatures, KeyHash> features_;
    LruCache<ProductKey, KnownProduct, KeyHash> products_;
    LruCache<CropKey, Embedding, KeyHash> vectors_;
    std::mutex means_mutex_;
    std::map<std::string, KnownMean> means_; ///< the catalogue's, by model; guarded by means_mutex_; a few
};

} // namespace vitrine
