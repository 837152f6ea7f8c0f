#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>

#include <vitrine/ids.hpp>

#include "storage/database.hpp"
#include "storage/vector_repository.hpp"
#include "vectors/model_indexes.hpp"

namespace vitrine {

/// Keeps an index in memory up with a table of vectors that several processes write to. Whoever changes a row announces
/// its id with the commit; before a search, the rows that were announced are read as they are then. So another
/// process's vector is found a moment after its commit, this process's own at once. Safe from any thread.
class ChangedVectors {
public:
    /// Whether a stored row may go into the index; tells of it if not.
    using Usable = std::function<bool(const vector_repository::StoredVector&)>;

    /// Make it before the index is filled from the table: nothing that is committed meanwhile is missed.
    ChangedVectors(Database& database, ModelIndexes& indexes, Usable usable);

    /// From the transaction that puts or removes the row `id`; also marks it here once committed.
    void announce(Transaction& tx, ProductImageId id);

    /// The row was read into the index while it was loaded.
    void note_loaded(ProductImageId id);

    /// Brings the index up to what was committed here, and heard of, before the call. Throws what reading throws; then
    /// the next call does it.
    void catch_up();

private:
    struct Marks {
        std::mutex mutex;
        std::set<ProductImageId> changed; ///< guarded by mutex
        bool all = false;                 ///< guarded by mutex: announcements may have been lost
    };

    void hear(const std::string& topic, const std::string& detail) const;
    void read_again(const std::set<ProductImageId>& changed, bool all);
    void take(const vector_repository::StoredVector& row);
    void drop(ProductImageId id);

    Database& database_;
    ModelIndexes& indexes_;
    const Usable usable_;
    const std::shared_ptr<Marks> marks_ = std::make_shared<Marks>(); ///< shared with actions that wait for a commit

    std::mutex catching_up_;
    std::set<ProductImageId> present_; ///< guarded by catching_up_: what the index holds

    std::unique_ptr<Listening> listening_; ///< last: hears when all else is there
};

} // namespace vitrine
