#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "vectors/vector_store.hpp"

namespace vitrine {

/// Nearer first, ties by the lower id.
inline bool nearer(const VectorHit& a, const VectorHit& b) noexcept {
    return a.distance != b.distance ? a.distance < b.distance : a.id < b.id;
}

/// The k nearest of all that was offered, in a bounded heap. For one thread at a time.
class Nearest {
public:
    explicit Nearest(std::size_t k) : k_(k) {}

    void offer(const VectorHit& hit) {
        if (hits_.size() == k_) {
            if (k_ == 0 || !nearer(hit, hits_.front())) return;
            std::pop_heap(hits_.begin(), hits_.end(), nearer);
            hits_.back() = hit;
        } else {
            hits_.push_back(hit);
        }
        std::push_heap(hits_.begin(), hits_.end(), nearer);
    }

    /// What is farther than this cannot get in: the k-th distance, infinite while there are fewer.
    [[nodiscard]] double limit() const noexcept {
        return hits_.size() < k_ || k_ == 0 ? std::numeric_limits<double>::infinity() : hits_.front().distance;
    }

    /// The hits, nearest first. An id that was moved while the search ran may have been offered twice; its nearer place
    /// is kept.
    [[nodiscard]] std::vector<VectorHit> sorted() && {
        std::sort(hits_.begin(), hits_.end(),
                  [](const VectorHit& a, const VectorHit& b) { return a.id != b.id ? a.id < b.id : nearer(a, b); });
        const auto same_id = [](const VectorHit& a, const VectorHit& b) { return a.id == b.id; };
        hits_.erase(std::unique(hits_.begin(), hits_.end(), same_id), hits_.end());
        std::sort(hits_.begin(), hits_.end(), nearer);
        return std::move(hits_);
    }

private:
    std::size_t k_;
    std::vector<VectorHit> hits_; ///< a heap, the farthest in front
};

} // namespace vitrine
