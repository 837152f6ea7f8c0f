#include "pipeline/awaited_vectors.hpp"

#include "pipeline/subjects.hpp"
#include "storage/image_reference_repository.hpp"

namespace vitrine {

void resume_indexing(Transaction& tx, Queue& queue, const std::vector<ProductImageId>& links, Timestamp now) {
    for (const ProductImageId id : links) {
        for (const JobId job : image_reference_repository::unfinished_jobs_of(tx, id)) {
            queue.hurry(tx, job, step_kind::finalize_indexing, now);
        }
    }
}

void remove_vector(Transaction& tx, VectorStore& vectors, Queue& queue, ProductImageId link, Timestamp now) {
    vectors.remove(tx, link);
    if (!vectors.is_searchable_at_once()) resume_indexing(tx, queue, {link}, now);
}

} // namespace vitrine
