#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <vitrine/ids.hpp>
#include <vitrine/image.hpp>

#include "storage/database.hpp"

namespace vitrine {

struct VectorRecord {
    ProductImageId id;
    std::string model; ///< which model made it; a search sees one model's vectors alone
    Embedding vector;  ///< the one that the link's Image bears: what is delivered later is read from there
};

struct VectorHit {
    ProductImageId id;
    double distance = 0.0; ///< cosine distance, in [0, 2]
};

/// What a search is narrowed to. Hits outside of it may be found all the same where a store keeps no such words.
struct SearchScope {
    std::string category;                             ///< of the product; empty: any
    std::optional<std::vector<ProductImageId>> links; ///< these alone, exactly
};

/// How far what was put for a link is on its way into searches.
struct VectorStanding {
    enum class State {
        Searchable, ///< searches find it
        OnItsWay,   ///< recorded, and delivered as soon as the server takes it
        Refused,    ///< the server refuses this very vector; it stays recorded and is not tried again by itself
    };
    State state = State::Searchable;
    std::string why; ///< one sentence: why it is not searchable
};

/// A vector as a store holds it.
struct StoredVectorEntry {
    ProductImageId id;
    std::string model;
    std::size_t dimensions = 0; ///< 0: what is stored is no vector of any length
};

/// Some of a store's vectors, in the store's own order.
struct VectorPage {
    std::vector<StoredVectorEntry> entries;
    std::string next; ///< where the next page begins; empty: this was the last
};

/// Told by a delivery; both run on threads of the store and the database.
struct DeliveryEvents {
    /// These links' vectors became searchable, or were refused. Runs in the transaction that records it.
    std::function<void(Transaction&, const std::vector<ProductImageId>&)> arrived = [](Transaction&, const auto&) {};

    /// Something that a person should know: a server that does not answer, a vector that it refuses. For the log.
    std::function<void(const std::string& sentence)> report = [](const std::string&) {};
};

/// Delivers in the background while it lives. Its end waits for the request under way and loses nothing.
class VectorDelivery {
public:
    virtual ~VectorDelivery() = default;

    /// Blocks until all that was committed before the call is carried out, refused, or in the hands of another process;
    /// false when the deadline came first.
    virtual bool wait_until_idle(std::chrono::steady_clock::time_point deadline) = 0;
};

/// The storage vectors of primary crops, by ProductImage id. Safe from any thread.
///
/// `put` and `remove` take the caller's transaction: they land with the link rows or not at all. An implementation
/// whose vectors live on another server records them there and delivers them later. Whatever happens when, a vector
/// without its link may be found for a while, so that callers join hits with the links and ask for a few more.
class VectorStore {
public:
    virtual ~VectorStore() = default;

    /// Stores or replaces. Throws Error(BadInput) when the vector is not finite or has not the dimension of its model.
    /// True: searches see it from the commit on. False: it is delivered later, and `standing` tells how far it is.
    virtual bool put(Transaction& tx, const VectorRecord& record) = 0;

    /// Whether `put` always answers true.
    [[nodiscard]] virtual bool is_searchable_at_once() const noexcept { return true; }

    /// Removes; nothing happens when there is none.
    virtual void remove(Transaction& tx, ProductImageId id) = 0;

    /// What a search may be narrowed by changed for a link whose vector was put: its product's category or its crop's
    /// label. Nothing to do where no such words are kept beside the vector.
    virtual void words_changed(Transaction&, ProductImageId) {}

    /// How far what was last put for this link is, as of the last commit.
    [[nodiscard]] virtual VectorStanding standing(ProductImageId) { return {}; }

    /// For each query vector the `k` nearest of `model`, nearest first, ties by id. All in one call. What was committed
    /// before the call is seen if it is searchable. Throws Error(Unavailable) when a server cannot be reached,
    /// Error(BadInput) when a query has not the dimension of the model.
    [[nodiscard]] virtual std::vector<std::vector<VectorHit>>
    search(const std::string& model, std::span<const Embedding> queries, int k, const SearchScope& scope) = 0;
    [[nodiscard]] std::vector<std::vector<VectorHit>> search(const std::string& model,
                                                             std::span<const Embedding> queries, int k) {
        return search(model, queries, k, SearchScope{});
    }

    /// Whether the category of a scope narrows a search here, so that nobody need look up its links.
    [[nodiscard]] virtual bool knows_categories() const noexcept { return false; }

    /// How many vectors of `model` there are to be found. Throws as `search`.
    [[nodiscard]] virtual std::int64_t count(const std::string& model) = 0;

    /// The page of what the store really holds that begins at `next` of the page before ("" the first), at most about
    /// `limit` vectors. What is put or removed meanwhile may be in it or not. Throws as `search`.
    [[nodiscard]] virtual VectorPage list(const std::string& from, int limit) = 0;

    /// Which of these vectors of `model` the store really holds. Throws as `search`.
    [[nodiscard]] virtual std::set<ProductImageId> held(const std::string& model,
                                                        std::span<const ProductImageId> ids) = 0;

    /// No link bears a vector of `model` any more: what a store keeps for that model as a whole goes, and is made again
    /// should one be put. Nothing to do where nothing is kept. Throws as `search`.
    virtual void drop_model(const std::string& /*model*/) {}

    /// Starts to deliver what was put and removed, in this run or an earlier one. Ends before the store. Nothing when
    /// there is nothing to deliver: what was committed is searchable.
    [[nodiscard]] virtual std::unique_ptr<VectorDelivery> start_delivery(DeliveryEvents) { return nullptr; }
};

} // namespace vitrine
