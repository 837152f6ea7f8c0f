#pragma once

#include <vector>

#include <vitrine/image.hpp>
#include <vitrine/product.hpp>

#include "jobs/queue.hpp"
#include "storage/database.hpp"
#include "storage/product_image_repository.hpp"
#include "vectors/vector_store.hpp"

namespace vitrine {

/// What became of a new primary crop.
struct SavedPrimary {
    ProductImageId id;
    bool replaced = false;  ///< there was another before: tell the housekeeper after the commit
    bool searchable = true; ///< false: its vector is delivered later (VectorStore::standing)
};

/// Where links and their vectors are kept.
struct LinkParts {
    VectorStore& vectors;
    Queue& queue; ///< of the jobs that wait for a vector which goes
};

/// Makes `crop`, which bears a vector, the product's primary crop, whoever chose it: in the caller's transaction the
/// new link in, the old ones out, the new vector in the store under the link's id, the old vectors out, and pictures
/// that may have lost their last reference released. The product is held (product_repository::find_and_hold), and
/// `links` are all it has.
SavedPrimary save_primary(Transaction& tx, const LinkParts& parts, product_image_repository::NewPrimary primary,
                          const std::vector<ProductImage>& links, const Image& crop, Timestamp now);

} // namespace vitrine
