#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <vitrine/ids.hpp>
#include <vitrine/image.hpp>

#include "storage/database.hpp"

/// The table `vectors`: the storage vector of every primary crop, by its link's id. A link's removal removes its
/// vector.
namespace vitrine::vector_repository {

/// Inserts or replaces. Throws Error(Conflict), at the latest when committed, if there is no link `id`.
void put(Transaction& tx, ProductImageId id, const std::string& model, const Embedding& vector);

/// Removes; nothing happens when there is none.
void remove(Transaction& tx, ProductImageId id);

/// How many dimensions the model's vectors have; nothing when it has none. Reads the whole table in the worst case.
[[nodiscard]] std::optional<std::size_t> dimensions_of(Transaction& tx, const std::string& model);

struct StoredVector {
    ProductImageId id;
    std::string model;
    Embedding vector; ///< empty when the stored bytes are not as many values as were put
};

[[nodiscard]] std::optional<StoredVector> find(Transaction& tx, ProductImageId id);

/// What a row says of itself.
struct RowSummary {
    ProductImageId id;
    std::string model;
    std::size_t dimensions = 0; ///< 0 when the bytes are not as many as it says
};

/// The rows after the one of `after` and `after_model`, in that order, at most `limit`.
[[nodiscard]] std::vector<RowSummary> page(Transaction& tx, ProductImageId after, const std::string& after_model,
                                           int limit);

/// Which of the links `ids` have a vector of `model`.
[[nodiscard]] std::set<ProductImageId> held(Transaction& tx, const std::string& model,
                                            std::span<const ProductImageId> ids);

/// Calls `visit` with every row, in no order. The argument is valid during the call.
void for_each(Transaction& tx, const std::function<void(const StoredVector&)>& visit);

} // namespace vitrine::vector_repository
