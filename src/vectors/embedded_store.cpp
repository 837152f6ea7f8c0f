#include "vectors/embedded_store.hpp"

#include <algorithm>
#include <charconv>
#include <mutex>
#include <unordered_map>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "storage/vector_repository.hpp"
#include "vectors/changed_vectors.hpp"
#include "vectors/model_indexes.hpp"
#include "vectors/vector_faults.hpp"

namespace vitrine {
namespace {

/// Whether the row may go into the index; tells of it if not.
bool is_usable(const ModelIndexes& indexes, const EmbeddedStoreOptions& options,
               const vector_repository::StoredVector& row) {
    std::string fault = row.vector.empty() ? "is damaged" : fault_of(row.vector);
    const auto index = indexes.find(row.model);
    if (fault.empty() && index && index->dimensions() != row.vector.size()) {
        fault =
            fmt::format("has {} dimensions where others of its model have {}", row.vector.size(), index->dimensions());
    }
    if (fault.empty()) return true;
    const auto what =
        fmt::format("The stored vector of product image {} (model '{}') {}", row.id.value, row.model, fault);
    if (!options.report_damaged) {
        throw Error(ErrorCode::Corrupted,
                    what + "; delete its row from the table vectors, then run 'vitrine check --repair'.");
    }
    options.report_damaged(row.id, what + "; it is left out until 'vitrine check --repair' makes it anew.");
    return false;
}

class EmbeddedStore final : public VectorStore {
public:
    using VectorStore::search;

    EmbeddedStore(Database& database, const EmbeddedStoreOptions& options)
        : database_(database), indexes_(std::make_shared<ModelIndexes>(options.exact_rows_max)) {
        const auto usable = [&indexes = *indexes_, options](const vector_repository::StoredVector& row) {
            return is_usable(indexes, options, row);
        };
        if (database.is_shared()) changed_.emplace(database, *indexes_, usable);
        database.read([&](Transaction& tx) {
            vector_repository::for_each(tx, [&](const auto& row) {
                if (!usable(row)) return;
                indexes_->load(row.id, row.model, row.vector);
                if (changed_) changed_->note_loaded(row.id);
            });
        });
        indexes_->finish_loading();
    }

    bool put(Transaction& tx, const VectorRecord& record) override {
        if (const auto fault = fault_of(record.vector); !fault.empty()) {
            throw Error(ErrorCode::BadInput, fmt::format("The vector for product image {} {}; check the model '{}'.",
                                                         record.id.value, fault, record.model));
        }
        expect_dimensions(tx, record);
        vector_repository::put(tx, record.id, record.model, record.vector);
        if (changed_) {
            changed_->announce(tx, record.id);
            return true;
        }
        tx.after_commit([indexes = indexes_, record] { indexes->put(record.id, record.model, record.vector); });
        return true;
    }

    void remove(Transaction& tx, ProductImageId id) override {
        vector_repository::remove(tx, id);
        if (changed_) return changed_->announce(tx, id);
        tx.after_commit([indexes = indexes_, id] { indexes->remove(id); });
    }

    std::vector<std::vector<VectorHit>> search(const std::string& model, std::span<const Embedding> queries, int k,
                                               const SearchScope& scope) override {
        if (k < 1)
            throw Error(ErrorCode::BadInput, fmt::format("A search for {} neighbours finds none; ask for 1.", k));
        if (changed_) changed_->catch_up();
        const auto index = indexes_->find(model);
        for (const auto& query : queries) expect_searchable(query, model, index.get());
        if (!index) return std::vector<std::vector<VectorHit>>(queries.size());
        if (scope.links) return index->search_among(*scope.links, queries, static_cast<std::size_t>(k));
        return index->search(queries, static_cast<std::size_t>(k));
    }

    std::int64_t count(const std::string& model) override {
        if (changed_) changed_->catch_up();
        const auto index = indexes_->find(model);
        return index ? static_cast<std::int64_t>(index->size()) : 0;
    }

    // The table, not the memory, which is made of it.
    VectorPage list(const std::string& from, int limit) override {
        const auto space = from.find(' ');
        ProductImageId after;
        std::from_chars(from.data(), from.data() + std::min(space, from.size()), after.value);
        const std::string after_model = space == std::string::npos ? "" : from.substr(space + 1);
        const auto rows =
            database_.read([&](Transaction& tx) { return vector_repository::page(tx, after, after_model, limit); });
        VectorPage page;
        for (const auto& row : rows) page.entries.push_back({row.id, row.model, row.dimensions});
        if (static_cast<int>(rows.size()) == limit) {
            page.next = fmt::format("{} {}", rows.back().id.value, rows.back().model);
        }
        return page;
    }

    std::set<ProductImageId> held(const std::string& model, std::span<const ProductImageId> ids) override {
        return database_.read([&](Transaction& tx) { return vector_repository::held(tx, model, ids); });
    }

private:
    static void expect_searchable(const Embedding& query, const std::string& model, const VectorIndex* index) {
        if (!is_finite(query)) {
            throw Error(ErrorCode::BadInput,
                        fmt::format("A query vector of model '{}' holds a value that is not a finite number.", model));
        }
        if (index != nullptr && query.size() != index->dimensions()) {
            throw Error(ErrorCode::BadInput,
                        fmt::format("A query vector has {} dimensions, but those of model '{}' have {}.", query.size(),
                                    model, index->dimensions()));
        }
    }

    // The first vector of a model fixes its dimension. Nearly always memory can tell; the table is asked only when what
    // is committed or what was last put differs: then the old vectors may have gone in this transaction, or what was
    // put may have been rolled back.
    void expect_dimensions(Transaction& tx, const VectorRecord& record) {
        const auto wanted = record.vector.size();
        const auto index = indexes_->find(record.model);
        bool agreed = !index || index->dimensions() == wanted;
        {
            const std::lock_guard lock(last_put_mutex_);
            const auto last = last_put_.find(record.model);
            agreed = agreed && (last == last_put_.end() || last->second == wanted);
        }
        if (!agreed) {
            const auto stored = vector_repository::dimensions_of(tx, record.model);
            if (stored && *stored != wanted) {
                throw Error(ErrorCode::BadInput,
                            fmt::format("The vector for product image {} has {} dimensions, but those of model '{}' "
                                        "have {}; a changed model needs another name.",
                                        record.id.value, wanted, record.model, *stored));
            }
        }
        const std::lock_guard lock(last_put_mutex_);
        last_put_[record.model] = wanted;
    }

    Database& database_;
    // Shared with the actions that wait for a commit, which may outlive the store.
    const std::shared_ptr<ModelIndexes> indexes_;
    std::optional<ChangedVectors> changed_; ///< where other processes write to the table too
    std::mutex last_put_mutex_;
    std::unordered_map<std::string, std::size_t> last_put_; ///< guarded by last_put_mutex_; dimensions by model
};

} // namespace

std::unique_ptr<VectorStore> make_embedded_store(Database& database, const EmbeddedStoreOptions& options) {
    return std::make_unique<EmbeddedStore>(database, options);
}

} // namespace vitrine
