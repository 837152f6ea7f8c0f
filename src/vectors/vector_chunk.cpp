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

} // namespace

VectorChunk::Sketches::Sketches(const SketchSpace& space)
    : rotated_centre(space.dimensions(), 0.0F), bits(slots * space.words()), radii(slots, out_of_reach) {}

VectorChunk::VectorChunk(const SketchSpace& space)
    : space_(space), vectors_(std::make_unique_for_overwrite<float[]>(slots * space.dimensions())), sketches_(space) {}

void VectorChunk::put(std::size_t slot, ProductImageId id, std::span<const float> unit, Sketching sketching) {
    {
        const std::lock_guard lock(mutex_);
        std::ranges::copy(unit, vector_at(slot).begin());
        ids_[slot] = id.value;
        used_ = std::max(used_, slot + 1);
        if (sketching == Sketching::Now) sketch_into(sketches_, slot);
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
    fresh.rotated_centre = rotated_mean();
    for (std::size_t slot = 0; slot < used_; ++slot) {
        if (ids_[slot] != 0) sketch_into(fresh, slot);
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

void VectorChunk::bound_all(std::span<const PreparedQuery> queries,
                            std::span<const std::span<float, slots>> bounds) const {
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

std::span<float> VectorChunk::vector_at(std::size_t slot) const {
    return {vectors_.get() + slot * space_.dimensions(), space_.dimensions()};
}

std::span<std::uint64_t> VectorChunk::bits_at(Sketches& sketches, std::size_t slot) const {
    return {sketches.bits.data() + slot * space_.words(), space_.words()};
}

void VectorChunk::sketch_into(Sketches& sketches, std::size_t slot) const {
    const auto unit = vector_at(slot);
    Embedding rotated(unit.begin(), unit.end());
    space_.rotation().apply(rotated);
    sketches.radii[slot] = space_.sketch(rotated, sketches.rotated_centre, bits_at(sketches, slot));
}

Embedding VectorChunk::rotated_mean() const {
    Embedding mean(space_.dimensions(), 0.0F);
    for (std::size_t slot = 0; slot < used_; ++slot) {
        if (ids_[slot] == 0) continue;
        const auto vector = vector_at(slot);
        for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += vector[i];
    }
    const auto count = static_cast<float>(std::max<std::size_t>(occupied(), 1));
    for (float& value : mean) value /= count;
    space_.rotation().apply(mean);
    return mean;
}

std::size_t VectorChunk::occupied() const {
    return static_cast<std::size_t>(slots - static_cast<std::size_t>(std::ranges::count(ids_, 0)));
}

double VectorChunk::distance(std::size_t slot, const PreparedQuery& query) const {
    return std::clamp(1.0 - static_cast<double>(dot_product(vector_at(slot), query.unit)), 0.0, 2.0);
}

} // namespace vitrine
