#include "pipeline/primary_crop.hpp"

#include "pipeline/awaited_vectors.hpp"
#include "storage/image_reference_repository.hpp"

namespace vitrine {
namespace {

/// The pictures that the product's links come from may have lost their last reference: the one that the new primary
/// crop takes the place of, with all its crops, and crops that another detector had found in the same one.
void release_pictures_of(Transaction& tx, ProductId product, Timestamp now) {
    for (const ImageId original : image_reference_repository::originals_of(tx, product)) {
        image_reference_repository::release(tx, original, now);
    }
}

} // namespace

SavedPrimary save_primary(Transaction& tx, const LinkParts& parts, product_image_repository::NewPrimary primary,
                          const std::vector<ProductImage>& links, const Image& crop, Timestamp now) {
    primary.is_first = links.empty();
    for (const ProductImage& link : links) {
        if (link.image_id != crop.id) remove_vector(tx, parts.vectors, parts.queue, link.id, now);
    }
    if (!links.empty()) release_pictures_of(tx, primary.product_id, now);
    const ProductImageId id = product_image_repository::replace_primary(tx, primary, now);
    return {.id = id,
            .replaced = !links.empty(),
            .searchable = parts.vectors.put(tx, {.id = id, .model = crop.vector_model, .vector = crop.vector})};
}

} // namespace vitrine
