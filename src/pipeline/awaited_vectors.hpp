#pragma once

#include <vector>

#include <vitrine/ids.hpp>
#include <vitrine/time.hpp>

#include "jobs/queue.hpp"
#include "storage/database.hpp"
#include "vectors/vector_store.hpp"

/// Indexing jobs that wait with finalize_indexing_job until searches find the vector of their link. All are called in
/// the transaction in which the wait ends; wake the workers after its commit.
namespace vitrine {

/// The vectors of these links arrived in the store, or were refused: the jobs that wait for them go on.
void resume_indexing(Transaction& tx, Queue& queue, const std::vector<ProductImageId>& links, Timestamp now);

/// The link's vector goes, and the jobs that waited for its arrival have nothing to wait for any more. Call it before
/// the link's row goes.
void remove_vector(Transaction& tx, VectorStore& vectors, Queue& queue, ProductImageId link, Timestamp now);

} // namespace vitrine
