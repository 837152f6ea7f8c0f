#include "vectors/changed_vectors.hpp"

#include <charconv>
#include <utility>

namespace vitrine {
namespace {

constexpr auto vector_topic = "vector"; // the detail is the row's id

} // namespace

ChangedVectors::ChangedVectors(Database& database, ModelIndexes& indexes, Usable usable)
    : database_(database), indexes_(indexes), usable_(std::move(usable)),
      listening_(
          database.listen([this](const std::string& topic, const std::string& detail) { hear(topic, detail); })) {}

void ChangedVectors::announce(Transaction& tx, ProductImageId id) {
    tx.announce(vector_topic, std::to_string(id.value));
    tx.after_commit([marks = marks_, id] {
        const std::lock_guard lock(marks->mutex);
        marks->changed.insert(id);
    });
}

void ChangedVectors::hear(const std::string& topic, const std::string& detail) const {
    const std::lock_guard lock(marks_->mutex);
    if (topic == Database::missed) marks_->all = true;
    if (topic != vector_topic) return;
    ProductImageId id;
    std::from_chars(detail.data(), detail.data() + detail.size(), id.value);
    marks_->changed.insert(id);
}

void ChangedVectors::note_loaded(ProductImageId id) {
    const std::lock_guard lock(catching_up_);
    present_.insert(id);
}

void ChangedVectors::catch_up() {
    const std::lock_guard catching_up(catching_up_);
    std::set<ProductImageId> changed;
    bool all = false;
    {
        const std::lock_guard lock(marks_->mutex);
        changed.swap(marks_->changed);
        all = std::exchange(marks_->all, false);
    }
    if (!all && changed.empty()) return;
    try {
        read_again(changed, all);
    } catch (...) {
        const std::lock_guard lock(marks_->mutex);
        marks_->changed.merge(changed);
        marks_->all = marks_->all || all;
        throw;
    }
}

void ChangedVectors::read_again(const std::set<ProductImageId>& changed, bool all) {
    database_.read([&](Transaction& tx) {
        std::set<ProductImageId> gone = all ? present_ : changed;
        const auto is_there = [&](const vector_repository::StoredVector& row) {
            gone.erase(row.id);
            take(row);
        };
        if (all) {
            vector_repository::for_each(tx, is_there);
        } else {
            for (const auto id : changed) {
                if (const auto row = vector_repository::find(tx, id)) is_there(*row);
            }
        }
        for (const auto id : gone) drop(id);
    });
}

void ChangedVectors::take(const vector_repository::StoredVector& row) {
    if (!usable_(row)) return drop(row.id);
    indexes_.put(row.id, row.model, row.vector);
    present_.insert(row.id);
}

void ChangedVectors::drop(ProductImageId id) {
    indexes_.remove(id);
    present_.erase(id);
}

} // namespace vitrine
