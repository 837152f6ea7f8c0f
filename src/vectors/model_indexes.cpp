#include "vectors/model_indexes.hpp"

namespace vitrine {

std::shared_ptr<const VectorIndex> ModelIndexes::find(const std::string& model) const {
    const std::lock_guard lock(mutex_);
    const auto entry = indexes_.find(model);
    return entry == indexes_.end() ? nullptr : entry->second;
}

void ModelIndexes::put(ProductImageId id, const std::string& model, std::span<const float> vector) {
    for (const auto& entry : all()) {
        if (entry.first != model) remove_from(entry, id);
    }
    find_or_make(model, vector.size())->put(id, vector);
}

void ModelIndexes::remove(ProductImageId id) {
    for (const auto& entry : all()) remove_from(entry, id);
}

void ModelIndexes::load(ProductImageId id, const std::string& model, std::span<const float> vector) {
    find_or_make(model, vector.size())->load(id, vector);
}

void ModelIndexes::finish_loading() {
    for (const auto& [model, index] : all()) index->finish_loading();
}

ModelIndexes::Indexes ModelIndexes::all() const {
    const std::lock_guard lock(mutex_);
    return indexes_;
}

std::shared_ptr<VectorIndex> ModelIndexes::find_or_make(const std::string& model, std::size_t dimensions) {
    const std::lock_guard lock(mutex_);
    auto& index = indexes_[model];
    // Another dimension comes only after the last vector of the old one went in the same group of commits.
    if (!index || index->dimensions() != dimensions) index = std::make_shared<VectorIndex>(dimensions, exact_rows_max_);
    return index;
}

void ModelIndexes::remove_from(const Indexes::value_type& entry, ProductImageId id) {
    if (!entry.second->remove(id) || entry.second->size() != 0) return;
    const std::lock_guard lock(mutex_);
    indexes_.erase(entry.first);
}

} // namespace vitrine
