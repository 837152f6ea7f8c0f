#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "vectors/vector_chunk.hpp"

namespace vitrine {

/// The vectors of one model in memory. Safe from any thread: searches run together and beside one change at a time.
/// A search sees every change that was made before it began, each vector as a whole.
///
/// Up to `exact_rows_max` vectors every distance is measured. Above, sketches (vectors/distance_sketch.hpp) first say
/// which vectors may be among the nearest, and only those are measured: the distances are exact all the same, and a
/// true neighbour is missed with a probability of about 0.001.
class VectorIndex {
public:
    VectorIndex(std::size_t dimensions, std::size_t exact_rows_max);

    [[nodiscard]] std::size_t dimensions() const noexcept { return space_.dimensions(); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Adds or replaces. `vector` has `dimensions()` finite values, not all zero; its direction alone counts.
    void put(ProductImageId id, std::span<const float> vector);

    /// Like `put` for many in a row, cheaper; `finish_loading` must be called before the first search.
    void load(ProductImageId id, std::span<const float> vector);
    void finish_loading();

    /// False when there is none.
    bool remove(ProductImageId id);

    /// For each query the k nearest, nearest first, ties by id. Each query has `dimensions()` finite values.
    [[nodiscard]] std::vector<std::vector<VectorHit>> search(std::span<const Embedding> queries, std::size_t k) const;

    /// As `search` among these ids alone, each of which is measured: the cost grows with their number and not with that
    /// of all vectors. An id without a vector is passed over.
    [[nodiscard]] std::vector<std::vector<VectorHit>>
    search_among(std::span<const ProductImageId> ids, std::span<const Embedding> queries, std::size_t k) const;

private:
    using Chunks = std::vector<std::shared_ptr<VectorChunk>>;

    void put(ProductImageId id, std::span<const float> vector, VectorChunk::Encoding encoding);
    [[nodiscard]] std::size_t slot_for(ProductImageId id);
    [[nodiscard]] std::shared_ptr<const Chunks> chunks() const;
    [[nodiscard]] std::vector<std::vector<VectorHit>>
    search_exactly(const Chunks& chunks, std::span<const PreparedQuery> queries, std::size_t k) const;
    [[nodiscard]] std::vector<std::vector<VectorHit>>
    search_by_sketches(const Chunks& chunks, std::span<const PreparedQuery> queries, std::size_t k) const;

    const SketchSpace space_;
    const std::size_t exact_rows_max_;

    mutable std::mutex writer_mutex_;                       ///< one change at a time
    std::unordered_map<ProductImageId, std::size_t> slots_; ///< guarded by writer_mutex_
    std::vector<std::size_t> free_slots_;                   ///< guarded by writer_mutex_
    std::size_t slots_used_ = 0;                            ///< guarded by writer_mutex_

    std::atomic<std::size_t> size_ = 0;
    mutable std::mutex chunks_mutex_;      ///< held only to copy or replace the pointer below
    std::shared_ptr<const Chunks> chunks_; ///< guarded by chunks_mutex_; a list is never changed, only replaced
};

} // namespace vitrine
