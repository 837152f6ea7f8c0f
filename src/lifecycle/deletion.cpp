#include "lifecycle/deletion.hpp"

#include "pipeline/awaited_vectors.hpp"
#include "pipeline/subjects.hpp"
#include "storage/image_reference_repository.hpp"
#include "storage/job_repository.hpp"
#include "storage/product_image_repository.hpp"
#include "storage/product_repository.hpp"

namespace vitrine {

bool Deletion::remove_product(const std::string& external_id) {
    const bool removed = parts_.database.write([&](Transaction& tx) {
        product_repository::hold_external_id(tx, external_id);
        const auto stored = product_repository::find_by_external_id(tx, external_id);
        if (!stored || !product_repository::find_and_hold(tx, stored->product.id)) return false;
        const ProductId product = stored->product.id;
        const Timestamp now = parts_.clock.now();
        for (const ProductImage& link : product_image_repository::links_of(tx, product)) {
            remove_vector(tx, parts_.vectors, parts_.queue, link.id, now);
        }
        if (stored->job_id) parts_.queue.cancel(tx, *stored->job_id, "The product was deleted.", now);
        tx.after_commit(parts_.wake_workers);
        for (const ImageId picture : image_reference_repository::originals_of(tx, product)) {
            image_reference_repository::release(tx, picture, now);
        }
        return product_repository::remove(tx, product);
    });
    if (removed) parts_.keeper.tidy();
    return removed;
}

bool Deletion::erase_query(JobId id) {
    const bool erased = parts_.database.write([&](Transaction& tx) {
        const auto job = job_repository::find(tx, id);
        if (!job || job->kind != job_kind::query) return false;
        const Timestamp now = parts_.clock.now();
        if (!is_final(job->state)) parts_.queue.cancel(tx, id, "The query is erased.", now);
        if (const auto photo = image_reference_repository::image_of(tx, id)) {
            image_reference_repository::release(tx, *photo, now);
        }
        job_repository::remove(tx, id);
        tx.after_commit(parts_.wake_workers);
        return true;
    });
    if (erased) parts_.keeper.tidy();
    return erased;
}

} // namespace vitrine
