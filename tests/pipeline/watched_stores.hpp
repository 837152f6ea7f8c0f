#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vectors/vector_store.hpp"

#include "forwarded_blobs.hpp"

namespace vitrine::testing {

/// The embedded store with something to do before each search.
class WatchedVectors final : public VectorStore {
public:
    WatchedVectors(std::unique_ptr<VectorStore> store, std::function<void()>& before_search)
        : store_(std::move(store)), before_search_(before_search) {}

    bool put(Transaction& tx, const VectorRecord& record) override { return store_->put(tx, record); }
    void remove(Transaction& tx, ProductImageId id) override { store_->remove(tx, id); }
    std::vector<std::vector<VectorHit>> search(const std::string& model, std::span<const Embedding> queries, int k,
                                               const SearchScope& scope) override {
        before_search_();
        return store_->search(model, queries, k, scope);
    }
    std::int64_t count(const std::string& model) override { return store_->count(model); }
    VectorPage list(const std::string& from, int limit) override { return store_->list(from, limit); }
    std::set<ProductImageId> held(const std::string& model, std::span<const ProductImageId> ids) override {
        return store_->held(model, ids);
    }

private:
    const std::unique_ptr<VectorStore> store_;
    std::function<void()>& before_search_;
};

/// Somebody's blobs with something to do before each is stored, on a disk of this machine or not.
class WatchedBlobs final : public ForwardedBlobs {
public:
    WatchedBlobs(BlobStore& blobs, std::function<void()> before_put, bool is_local = true)
        : ForwardedBlobs(blobs), before_put_(std::move(before_put)), is_local_(is_local) {}

    void put(const std::string& key, std::string_view bytes) override {
        before_put_();
        ForwardedBlobs::put(key, bytes);
    }
    [[nodiscard]] bool is_local() const noexcept override { return is_local_; }

private:
    const std::function<void()> before_put_;
    const bool is_local_;
};

} // namespace vitrine::testing
