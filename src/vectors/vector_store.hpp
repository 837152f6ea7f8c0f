#pragma once

#include <cstdint>
#include <optional>
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
    Embedding vector;
};

struct VectorHit {
    ProductImageId id;
    double distance = 0.0; ///< cosine distance, in [0, 2]
};

/// The storage vectors of primary crops, by ProductImage id. Safe from any thread.
///
/// `put` and `remove` take the caller's transaction: they land with the link rows or not at all. An implementation
/// whose vectors live on another server records them there and delivers them later.
class VectorStore {
public:
    virtual ~VectorStore() = default;

    /// Stores or replaces. Throws Error(BadInput) when the vector is not finite or has not the dimension of its model.
    virtual void put(Transaction& tx, const VectorRecord& record) = 0;

    /// Removes; nothing happens when there is none.
    virtual void remove(Transaction& tx, ProductImageId id) = 0;

    /// For each query vector the `k` nearest of `model`, nearest first, ties by id. All in one call. What was committed
    /// before the call is seen. Throws Error(Unavailable) when a server cannot be reached, Error(BadInput) when a query
    /// has not the dimension of the model.
    [[nodiscard]] virtual std::vector<std::vector<VectorHit>> search(const std::string& model,
                                                                     std::span<const Embedding> queries, int k) = 0;

    /// How many vectors of `model` there are.
    [[nodiscard]] virtual std::int64_t count(const std::string& model) = 0;
};

} // namespace vitrine
