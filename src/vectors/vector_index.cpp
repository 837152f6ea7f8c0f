#include "vectors/vector_index.hpp"

#include <algorithm>
#include <cmath>
#include <compare>
#include <iterator>
#include <numeric>
#include <unordered_set>

namespace vitrine {
namespace {

// Bounds of so many queries are in memory at one time: 4 bytes for each vector and query.
constexpr std::size_t queries_together = 8;

// Measuring fewer first saves nothing.
constexpr std::size_t probes_min = 64;

Embedding to_unit(std::span<const float> vector) {
    const double squares = std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0);
    const double factor = squares > 0.0 ? 1.0 / std::sqrt(squares) : 0.0;
    Embedding unit(vector.size());
    std::ranges::transform(vector, unit.begin(), [factor](float value) { return static_cast<float>(value * factor); });
    return unit;
}

std::vector<PreparedQuery> prepare(std::span<const Embedding> queries, const RandomRotation& rotation) {
    std::vector<PreparedQuery> prepared;
    prepared.reserve(queries.size());
    for (const auto& query : queries) prepared.emplace_back(to_unit(query), rotation);
    return prepared;
}

struct Candidate {
    float bound;
    std::uint32_t slot;
    friend auto operator<=>(const Candidate&, const Candidate&) = default; // by bound, then slot
};

// The `count` lowest bounds, in no order.
std::vector<Candidate> lowest(std::span<const float> bounds, std::size_t count) {
    std::vector<Candidate> heap;
    heap.reserve(count);
    for (std::uint32_t slot = 0; slot < bounds.size(); ++slot) {
        if (heap.size() < count) {
            heap.push_back({bounds[slot], slot});
            if (heap.size() == count) std::ranges::make_heap(heap);
        } else if (bounds[slot] < heap.front().bound) {
            std::ranges::pop_heap(heap);
            heap.back() = {bounds[slot], slot};
            std::ranges::push_heap(heap);
        }
    }
    return heap;
}

} // namespace

VectorIndex::VectorIndex(std::size_t dimensions, std::size_t exact_rows_max)
    : space_(dimensions), exact_rows_max_(exact_rows_max), chunks_(std::make_shared<const Chunks>()) {}

void VectorIndex::put(ProductImageId id, std::span<const float> vector) {
    put(id, vector, VectorChunk::Encoding::Now);
}

void VectorIndex::load(ProductImageId id, std::span<const float> vector) {
    put(id, vector, VectorChunk::Encoding::Later);
}

void VectorIndex::finish_loading() {
    const std::lock_guard lock(writer_mutex_);
    for (const auto& chunk : *chunks()) chunk->recentre();
}

void VectorIndex::put(ProductImageId id, std::span<const float> vector, VectorChunk::Encoding encoding) {
    const Embedding unit = to_unit(vector);
    const std::lock_guard lock(writer_mutex_);
    const std::size_t slot = slot_for(id);
    (*chunks())[slot / VectorChunk::slots]->put(slot % VectorChunk::slots, id, unit, encoding);
    size_ = slots_.size();
}

std::size_t VectorIndex::slot_for(ProductImageId id) {
    const auto [place, is_new] = slots_.try_emplace(id, 0);
    if (!is_new) return place->second;
    if (!free_slots_.empty()) {
        place->second = free_slots_.back();
        free_slots_.pop_back();
        return place->second;
    }
    if (slots_used_ % VectorChunk::slots == 0) {
        auto more = std::make_shared<Chunks>(*chunks());
        more->push_back(std::make_shared<VectorChunk>(space_));
        const std::lock_guard lock(chunks_mutex_);
        chunks_ = std::move(more);
    }
    place->second = slots_used_++;
    return place->second;
}

bool VectorIndex::remove(ProductImageId id) {
    const std::lock_guard lock(writer_mutex_);
    const auto place = slots_.find(id);
    if (place == slots_.end()) return false;
    const std::size_t slot = place->second;
    (*chunks())[slot / VectorChunk::slots]->clear(slot % VectorChunk::slots);
    free_slots_.push_back(slot);
    slots_.erase(place);
    size_ = slots_.size();
    return true;
}

std::shared_ptr<const VectorIndex::Chunks> VectorIndex::chunks() const {
    const std::lock_guard lock(chunks_mutex_);
    return chunks_;
}

std::vector<std::vector<VectorHit>> VectorIndex::search(std::span<const Embedding> queries, std::size_t k) const {
    const auto prepared = prepare(queries, space_.rotation());
    const auto all = chunks();
    k = std::min(k, all->size() * VectorChunk::slots);
    if (size_ <= std::max(exact_rows_max_, 2 * k)) return search_exactly(*all, prepared, k);
    std::vector<std::vector<VectorHit>> hits;
    for (std::size_t begin = 0; begin < prepared.size(); begin += queries_together) {
        const auto size = std::min(queries_together, prepared.size() - begin);
        auto some = search_by_sketches(*all, std::span(prepared).subspan(begin, size), k);
        std::ranges::move(some, std::back_inserter(hits));
    }
    return hits;
}

std::vector<std::vector<VectorHit>> VectorIndex::search_among(std::span<const ProductImageId> ids,
                                                              std::span<const Embedding> queries, std::size_t k) const {
    std::vector<std::size_t> slots;
    slots.reserve(ids.size());
    {
        const std::lock_guard lock(writer_mutex_);
        for (const ProductImageId id : ids) {
            if (const auto place = slots_.find(id); place != slots_.end()) slots.push_back(place->second);
        }
    }
    const std::unordered_set<ProductImageId> wanted(ids.begin(), ids.end());
    const auto all = chunks();
    std::vector<std::vector<VectorHit>> hits;
    for (const PreparedQuery& query : prepare(queries, space_.rotation())) {
        Nearest nearest(std::min(k, slots.size()));
        for (const std::size_t slot : slots) {
            const auto hit = (*all)[slot / VectorChunk::slots]->measure(slot % VectorChunk::slots, query);
            if (hit && wanted.contains(hit->id)) nearest.offer(*hit); // a slot may have got another vector meanwhile
        }
        hits.push_back(std::move(nearest).sorted());
    }
    return hits;
}

std::vector<std::vector<VectorHit>>
VectorIndex::search_exactly(const Chunks& chunks, std::span<const PreparedQuery> queries, std::size_t k) const {
    std::vector<Nearest> nearest(queries.size(), Nearest(k));
    for (const auto& chunk : chunks) chunk->measure_all(queries, nearest);
    std::vector<std::vector<VectorHit>> hits;
    hits.reserve(queries.size());
    for (auto& found : nearest) hits.push_back(std::move(found).sorted());
    return hits;
}

std::vector<std::vector<VectorHit>>
VectorIndex::search_by_sketches(const Chunks& chunks, std::span<const PreparedQuery> queries, std::size_t k) const {
    const std::size_t stride = chunks.size() * VectorChunk::slots;
    const auto bounds = std::make_unique_for_overwrite<float[]>(queries.size() * stride);
    const auto bounds_of = [&](std::size_t query, std::size_t chunk) {
        return VectorChunk::Bounds(bounds.get() + query * stride + chunk * VectorChunk::slots, VectorChunk::slots);
    };
    std::vector<VectorChunk::Bounds> parts;
    for (std::size_t chunk = 0; chunk < chunks.size(); ++chunk) {
        parts.clear();
        for (std::size_t query = 0; query < queries.size(); ++query) parts.push_back(bounds_of(query, chunk));
        chunks[chunk]->bound_all(queries, parts);
    }

    std::vector<std::vector<VectorHit>> hits;
    for (std::size_t query = 0; query < queries.size(); ++query) {
        // The likeliest few, measured, tell how near a vector must be to matter.
        Nearest likeliest(k);
        for (const auto& [bound, slot] : lowest({bounds.get() + query * stride, stride}, std::max(2 * k, probes_min))) {
            const auto& chunk = *chunks[slot / VectorChunk::slots];
            if (const auto hit = chunk.measure(slot % VectorChunk::slots, queries[query])) likeliest.offer(*hit);
        }
        Nearest nearest(k);
        for (std::size_t chunk = 0; chunk < chunks.size(); ++chunk) {
            chunks[chunk]->measure_likely(queries[query], bounds_of(query, chunk), likeliest.limit(), nearest);
        }
        hits.push_back(std::move(nearest).sorted());
    }
    return hits;
}

} // namespace vitrine
