#include "vectors/vector_chunk.hpp"

#include <algorithm>
#include <limits>
#include <mutex>

#include "vectors/dot_product.hpp"

namespace vitrine {
namespace {

constexpr float out_of_reach = std::numeric_limits<float>::infinity();

// The first centre waits for so many vectors; before, it is the origin.
constexpr std::size_t first_centre_after = 32;

// Bounds are float32 sums of products of values near 1, so they may be too high by some of their last bits.
constexpr double rounding = 1e-5;

// Of unit vectors the squared distance is twice the cosine distance.
float squared(double cosine_distance) {
    return static_cast<float>(2.0 * (cosine_distance + rounding));
}

} // namespace

PreparedQuery::PreparedQuery(std::span<const float> unit_vector, const RandomRotation& rotation)
    : unit(unit_vector.begin(), unit_vector.end()), rotated(unit), bytes(unit.size()) {
    rotation.apply(rotated);
    scale = encode_bytes(rotated, bytes);
}

VectorChunk::Sketches::Sketches(const SketchSpace& space)
    : rotated_centre(space.dimensions(), 0.0F), bits(slots * space.words()), radii(slots, out_of_reach) {}

VectorChunk::VectorChunk(const SketchSpace& space)
    : space_(space), vectors_(std::make_unique_for_overwrite<float[]>(slots * space.dimensions())),
      bytes_(std::make_unique_for_overwrite<std::int8_t[]>(slots * space.dimensions())), scales_(slots),
      sketches_(space) {}

void VectorChunk::put(std::size_t slot, ProductImageId id, std::span<const float> unit, Sketching sketching) {
    const Embedding turned = rotated(unit);
    {
        const std::lock_guard lock(mutex_);
        std::ranges::copy(unit, vector_at(slot).begin());
        scales_[slot] = encode_bytes(turned, bytes_at(slot));
        ids_[slot] = id.value;
        used_ = std::max(used_, slot + 1);
        if (sketching == Sketching::Now) sketch_into(sketches_, slot, turned);
    }
    if (sketching == Sketching::Now && ++changes_ >= std::max(first_centre_after, centred_on_)) recentre();
}

void VectorChunk::clear(std::size_t slot) {
    const std::lock_guard lock(mutex_);
    ids_[slot] = 0;
    sketches_.radii[slot] = out_of_reach;
}

void VectorChunk::recentre() {
    // Only the writer changes what is read here, so readers need not wait while the sketches are made.
    Sketches fresh(space_);
    fresh.rotated_centre = rotated(mean());
    for (std::size_t slot = 0; slot < used_; ++slot) {
        if (ids_[slot] != 0) sketch_into(fresh, slot, rotated(vector_at(slot)));
    }
    centred_on_ = occupied();
    changes_ = 0;
    const std::lock_guard lock(mutex_);
    std::swap(sketches_, fresh);
}

void VectorChunk::measure_all(std::span<const PreparedQuery> queries, std::span<Nearest> nearest) const {
    const std::shared_lock lock(mutex_);
    for (std::size_t slot = 0; slot < used_; ++slot) {
        if (ids_[slot] == 0) continue;
        for (std::size_t query = 0; query < queries.size(); ++query) {
            nearest[query].offer({{ids_[slot]}, distance(slot, queries[query])});
        }
    }
}

std::optional<VectorHit> VectorChunk::measure(std::size_t slot, const PreparedQuery& query) const {
    const std::shared_lock lock(mutex_);
    if (ids_[slot] == 0) return std::nullopt;
    return VectorHit{{ids_[slot]}, distance(slot, query)};
}

void VectorChunk::bound_all(std::span<const PreparedQuery> queries, std::span<const Bounds> bounds) const {
    std::vector<std::uint64_t> query_bits(space_.words());
    const std::shared_lock lock(mutex_);
    for (std::size_t query = 0; query < queries.size(); ++query) {
        const float radius = space_.sketch(queries[query].rotated, sketches_.rotated_centre, query_bits);
        const std::uint64_t* bits = sketches_.bits.data();
        for (std::size_t slot = 0; slot < used_; ++slot, bits += query_bits.size()) {
            const std::size_t differing = SketchSpace::differing(query_bits, {bits, query_bits.size()});
            bounds[query][slot] = space_.lower_bound(radius, sketches_.radii[slot], differing);
        }
        std::fill(bounds[query].begin() + static_cast<std::ptrdiff_t>(used_), bounds[query].end(), out_of_reach);
    }
}

void VectorChunk::measure_likely(const PreparedQuery& query, Bounds bounds, double limit, Nearest& nearest) const {
    limit = std::min(limit, nearest.limit());
    const std::shared_lock lock(mutex_);
    for (std::size_t slot = 0; slot < used_; ++slot) {
        if (bounds[slot] > squared(limit) || ids_[slot] == 0 || least_distance(slot, query) > limit + rounding)
            continue;
        nearest.offer({{ids_[slot]}, distance(slot, query)});
        limit = std::min(limit, nearest.limit());
    }
}

std::span<float> VectorChunk::vector_at(std::size_t slot) const {
    return {vectors_.get() + slot * space_.dimensions(), space_.dimensions()};
}

std::span<std::int8_t> VectorChunk::bytes_at(std::size_t slot) const {
    return {bytes_.get() + slot * space_.dimensions(), space_.dimensions()};
}

void VectorChunk::sketch_into(Sketches& sketches, std::size_t slot, std::span<const float> rotated) const {
    const std::span bits(sketches.bits.data() + slot * space_.words(), space_.words());
    sketches.radii[slot] = space_.sketch(rotated, sketches.rotated_centre, bits);
}

Embedding VectorChunk::rotated(std::span<const float> unit) const {
    Embedding copy(unit.begin(), unit.end());
    space_.rotation().apply(copy);
    return copy;
}

Embedding VectorChunk::mean() const {
    Embedding mean(space_.dimensions(), 0.0F);
    for (std::size_t slot = 0; slot < used_; ++slot) {
        if (ids_[slot] == 0) continue;
        const auto vector = vector_at(slot);
        for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += vector[i];
    }
    const auto count = static_cast<float>(std::max<std::size_t>(occupied(), 1));
    for (float& value : mean) value /= count;
    return mean;
}

std::size_t VectorChunk::occupied() const {
    return slots - static_cast<std::size_t>(std::ranges::count(ids_, 0));
}

double VectorChunk::distance(std::size_t slot, const PreparedQuery& query) const {
    return std::clamp(1.0 - static_cast<double>(dot_product(vector_at(slot), query.unit)), 0.0, 2.0);
}

double VectorChunk::least_distance(std::size_t slot, const PreparedQuery& query) const {
    return 1.0 - static_cast<double>(
                     greatest_dot_product(dot_product(bytes_at(slot), query.bytes), scales_[slot], query.scale));
}

} // namespace vitrine
