#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "vectors/vector_index.hpp"

namespace vitrine {

/// One VectorIndex per model, made with its first vector and dropped with its last. An id is in one of them at most.
/// Safe from any thread; changes come from one thread at a time.
class ModelIndexes {
public:
    explicit ModelIndexes(std::size_t exact_rows_max) : exact_rows_max_(exact_rows_max) {}

    /// Nothing when the model has no vectors. Stays valid for as long as the caller holds it.
    [[nodiscard]] std::shared_ptr<const VectorIndex> find(const std::string& model) const;

    /// Adds or replaces, whichever model `id` was of before.
    void put(ProductImageId id, const std::string& model, std::span<const float> vector);
    void remove(ProductImageId id);

    /// Fills the indexes before they are first used; `finish_loading` ends it.
    void load(ProductImageId id, const std::string& model, std::span<const float> vector);
    void finish_loading();

private:
    using Indexes = std::map<std::string, std::shared_ptr<VectorIndex>>;

    [[nodiscard]] Indexes all() const;
    [[nodiscard]] std::shared_ptr<VectorIndex> find_or_make(const std::string& model, std::size_t dimensions);
    void remove_from(const Indexes::value_type& entry, ProductImageId id);

    const std::size_t exact_rows_max_;
    mutable std::mutex mutex_; ///< held only to look up or change the map, never during a search
    Indexes indexes_;          ///< guarded by mutex_
};

} // namespace vitrine
