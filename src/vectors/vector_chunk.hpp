#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <vector>

#include <vitrine/ids.hpp>
#include <vitrine/image.hpp>

#include "vectors/byte_code.hpp"
#include "vectors/distance_sketch.hpp"
#include "vectors/nearest.hpp"

namespace vitrine {

/// A query as chunks compare it: of unit length, rotated, and the rotated in bytes.
struct PreparedQuery {
    PreparedQuery(std::span<const float> unit_vector, const RandomRotation& rotation);

    Embedding unit;
    Embedding rotated;
    std::vector<std::int8_t> bytes;
    ByteScale scale;
};

/// A block of up to 1,024 vectors of unit length in slots that never move, each with its byte code and its sketch from
/// the block's own centre. The unit of locking: readers run together and hold a block for microseconds, so that a
/// writer is never starved.
///
/// The members that read may be called from any threads; those that write, from one thread at a time beside them.
class VectorChunk {
public:
    static constexpr std::size_t slots = 1024;

    /// One number for each slot.
    using Bounds = std::span<float, slots>;

    /// `space` must outlive the chunk.
    explicit VectorChunk(const SketchSpace& space);

    /// Writes: fills or replaces `slot`. With `Encoding::Later` only `measure_all` sees it until `recentre`.
    enum class Encoding { Now, Later };
    void put(std::size_t slot, ProductImageId id, std::span<const float> unit, Encoding encoding);

    /// Writes: empties `slot`.
    void clear(std::size_t slot);

    /// Writes: moves the centre to the mean of the vectors and makes all codes anew. `put` does it by itself
    /// whenever as many vectors changed as there were.
    void recentre();

    /// Reads: offers every vector's exact distance, to `nearest[i]` for `queries[i]`.
    void measure_all(std::span<const PreparedQuery> queries, std::span<Nearest> nearest) const;

    /// Reads: the exact distance of what is in `slot` now; nothing when it is empty.
    [[nodiscard]] std::optional<VectorHit> measure(std::size_t slot, const PreparedQuery& query) const;

    /// Reads: `bounds[i]` becomes the least likely squared distance of each slot from `queries[i]`, by sketches;
    /// infinite for an empty slot.
    void bound_all(std::span<const PreparedQuery> queries, std::span<const Bounds> bounds) const;

    /// Reads: offers the exact distance of every vector whose `bounds`, and then byte code, leave it a chance to be
    /// within `limit` and the k nearest.
    void measure_likely(const PreparedQuery& query, Bounds bounds, double limit, Nearest& nearest) const;

private:
    /// All that is made from the vectors.
    struct Codes {
        explicit Codes(const SketchSpace& space);
        Embedding rotated_centre;
        std::vector<std::uint64_t> bits; ///< `words` per slot
        std::vector<float> radii;        ///< infinite for an empty slot, which puts its bound out of reach
        std::vector<std::int8_t> bytes;  ///< of the rotated vectors
        std::vector<ByteScale> scales;
    };

    [[nodiscard]] std::span<float> vector_at(std::size_t slot) const;
    void encode_into(Codes& codes, std::size_t slot) const;
    [[nodiscard]] Embedding mean() const;
    [[nodiscard]] std::size_t occupied() const;
    [[nodiscard]] double distance(std::size_t slot, const PreparedQuery& query) const;
    [[nodiscard]] double least_distance(std::size_t slot, const PreparedQuery& query) const;

    const SketchSpace& space_;
    mutable std::shared_mutex mutex_;       ///< held by the writer only to change what readers see
    std::array<std::int64_t, slots> ids_{}; ///< guarded by mutex_; 0 is an empty slot
    std::size_t used_ = 0;                  ///< guarded by mutex_; slots from here on were never filled
    std::unique_ptr<float[]> vectors_;      ///< guarded by mutex_; untouched slots cost no memory
    Codes codes_;                           ///< guarded by mutex_
    std::size_t changes_ = 0;               ///< the writer's: since the centre was moved
    std::size_t centred_on_ = 0;            ///< the writer's: how many vectors the centre is the mean of
};

} // namespace vitrine
