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

VectorChunk::Codes::Codes(const SketchSpace& space)
    : rotated_centre(space.dimensions(), 0.0F), bits(slots * space.words()), radii(slots, out_of_reach),
      bytes(slots * space.dimensions()), scales(slots) {}

VectorChunk::VectorChunk(const SketchSpace& space)
    : space_(space), vectors_(std::make_unique_for_overwrite<float[]>(slots * space.dimensions())), codes_(space) {}

void VectorChunk::put(std::size_t slot, ProductImageId id, std::span<const float> unit, Encoding encoding) {
    {
        const std::lock_guard lock(mutex_);
        std::ranges::copy(unit, vector_at(slot).begin());
        ids_[slot] = id.value;
        used_ = std::max(used_, slot + 1);
        if (encoding == Encoding::Now) encode_into(codes_, slot);
    }
    if (encoding == Encoding::Now && ++changes_ >= std::max(first_centre_after, centred_on_)) recentre();
}

void VectorChunk::clear(std::size_t slot) {
    const std::lock_guard lock(mutex_);
    ids_[slot] = 0;
    codes_.radii[slot] = out_of_reach;
}

void VectorChunk::recentre() {
    // Only the writer changes what is read here, so readers need not wait while the codes are made.
    Codes fresh(space_);
    fresh.rotated_centre = mean();
    space_.rotation().apply(fresh.rotated_centre);
    for (std::size_t slot = 0; slot < used_; ++slot) {
        if (ids_[slot] != 0) encode_into(fresh, slot);
    }
    centred_on_ = occupied();
    changes_ = 0;
    const std::lock_guard lock(mutex_);
    std::swap(codes_, fresh);
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
        const float radius = space_.sketch(queries[query].rotated, codes_.rotated_centre, query_bits);
        const std::uint64_t* bits = codes_.bits.data();
        for (std::size_t slot = 0; slot < used_; ++slot, bits += query_bits.size()) {
            const std::size_t differing = SketchSpace::differing(query_bits, {bits, query_bits.size()});
            bounds[query][slot] = space_.lower_bound(radius, codes_.radii[slot], differing);
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

void VectorChunk::encode_into(Codes& codes, std::size_t slot) const {
    const auto unit = vector_at(slot);
    Embedding rotated(unit.begin(), unit.end());
    space_.rotation().apply(rotated);
    const std::span bits(codes.bits.data() + slot * space_.words(), space_.words());
    codes.radii[slot] = space_.sketch(rotated, codes.rotated_centre, bits);
    codes.scales[slot] = encode_bytes(rotated, {codes.bytes.data() + slot * rotated.size(), rotated.size()});
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
    const std::span bytes(codes_.bytes.data() + slot * space_.dimensions(), space_.dimensions());
    return 1.0 -
           static_cast<double>(greatest_dot_product(dot_product(bytes, query.bytes), codes_.scales[slot], query.scale));
}

} // namespace vitrine
