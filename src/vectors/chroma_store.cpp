#include "vectors/chroma_store.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iterator>
#include <optional>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include <vitrine/error.hpp>

#include "core/circuit_breaker.hpp"
#include "storage/vector_outbox_repository.hpp"
#include "vectors/chroma_collections.hpp"
#include "vectors/chroma_delivery.hpp"
#include "vectors/vector_faults.hpp"

namespace vitrine {
namespace {

using vector_outbox_repository::Operation;

class ChromaStore final : public VectorStore {
public:
    using VectorStore::search;

    ChromaStore(Database& database, const Clock& clock, const ChromaStoreOptions& options)
        : database_(database), clock_(clock), options_(options), client_(options.address, options.limits),
          collections_(client_, options.family), breaker_(std::make_shared<CircuitBreaker>(CircuitBreaker::Options{})),
          bell_(std::make_shared<DeliveryBell>()) {}

    bool put(Transaction& tx, const VectorRecord& record) override {
        if (const auto fault = fault_of(record.vector); !fault.empty()) {
            throw Error(ErrorCode::BadInput, fmt::format("The vector for product image {} {}; check the model '{}'.",
                                                         record.id.value, fault, record.model));
        }
        want(tx, record.id, Operation::Put);
        return false;
    }

    void remove(Transaction& tx, ProductImageId id) override { want(tx, id, Operation::Remove); }

    void words_changed(Transaction& tx, ProductImageId id) override { want(tx, id, Operation::Put); }

    bool is_searchable_at_once() const noexcept override { return false; }

    VectorStanding standing(ProductImageId id) override {
        const auto known = database_.read([id](Transaction& tx) { return vector_outbox_repository::standing(tx, id); });
        if (!known || known->operation == Operation::Remove) return {};
        if (known->refused) return {.state = VectorStanding::State::Refused, .why = known->error};
        return {.state = VectorStanding::State::OnItsWay,
                .why = known->error.empty() ? "Its vector waits to be delivered to the vector store." : known->error};
    }

    std::vector<std::vector<VectorHit>> search(const std::string& model, std::span<const Embedding> queries, int k,
                                               const SearchScope& scope) override {
        if (k < 1)
            throw Error(ErrorCode::BadInput, fmt::format("A search for {} neighbours finds none; ask for 1.", k));
        for (const auto& query : queries) expect_finite(query, model);
        if (queries.empty()) return {};
        if (scope.links && scope.links->empty()) return std::vector<std::vector<VectorHit>>(queries.size());
        auto hits = asked(model, [&](const chroma::Collection& collection) {
            expect_dimensions(queries, collection);
            if (!scope.links) return client_.query(collection.id, queries, k, scope);
            return query_among(collection.id, queries, k, scope);
        });
        return hits ? std::move(*hits) : std::vector<std::vector<VectorHit>>(queries.size());
    }

    [[nodiscard]] bool knows_categories() const noexcept override { return true; }

    std::int64_t count(const std::string& model) override {
        return asked(model, [&](const chroma::Collection& collection) { return client_.count(collection.id); })
            .value_or(0);
    }

    // A page is a part of one collection: "NAME OFFSET" says where it begins.
    VectorPage list(const std::string& from, int limit) override {
        auto collections = guarded([&] { return collections_.all(); });
        std::ranges::sort(collections, {}, &chroma::Collection::name);
        const auto space = from.find(' ');
        const std::string name = from.substr(0, space);
        std::int64_t offset = 0;
        if (space != std::string::npos) std::from_chars(from.data() + space + 1, from.data() + from.size(), offset);
        const auto at = std::ranges::lower_bound(collections, name, {}, &chroma::Collection::name);
        VectorPage page;
        if (at == collections.end()) return page;
        if (at->name != name) offset = 0;
        std::vector<ProductImageId> ids;
        try {
            ids = guarded([&] { return client_.page(at->id, offset, limit); });
        } catch (const Error& error) {
            if (error.code() != ErrorCode::NotFound) throw; // deleted since it was listed: it holds nothing
        }
        for (const ProductImageId id : ids) {
            if (id.value > 0) page.entries.push_back({id, at->model, at->dimensions.value_or(0)});
        }
        if (static_cast<int>(ids.size()) == limit) {
            page.next = fmt::format("{} {}", at->name, offset + limit);
        } else if (const auto following = std::next(at); following != collections.end()) {
            page.next = fmt::format("{} 0", following->name);
        }
        return page;
    }

    std::set<ProductImageId> held(const std::string& model, std::span<const ProductImageId> ids) override {
        const auto found = guarded([&] {
            return with_collection(
                model, [&](const chroma::Collection& collection) { return client_.held(collection.id, ids); });
        });
        return found.value_or(std::set<ProductImageId>{});
    }

    void drop_model(const std::string& model) override {
        guarded([&] { return client_.remove_collection(collection_name(options_.family, model)); });
        collections_.forget(model);
    }

    std::unique_ptr<VectorDelivery> start_delivery(DeliveryEvents events) override {
        return make_chroma_delivery(
            {.database = database_, .clock = clock_, .breaker = breaker_, .bell = bell_, .events = std::move(events)},
            options_);
    }

private:
    /// The server refuses a whole query ("Error finding id") that names an id it does not hold, such as a link whose
    /// vector is on its way, so it is asked first which it holds.
    std::vector<std::vector<VectorHit>> query_among(const std::string& collection, std::span<const Embedding> queries,
                                                    int k, const SearchScope& scope) {
        const auto held = client_.held(collection, *scope.links);
        if (held.empty()) return std::vector<std::vector<VectorHit>>(queries.size());
        SearchScope among = scope;
        among.links.emplace(held.begin(), held.end());
        return client_.query(collection, queries, k, among);
    }

    void want(Transaction& tx, ProductImageId id, Operation operation) {
        vector_outbox_repository::add(tx, id, operation, clock_.now());
        tx.after_commit([bell = bell_] { bell->ring(); });
    }

    static void expect_finite(const Embedding& query, const std::string& model) {
        if (is_finite(query)) return;
        throw Error(ErrorCode::BadInput,
                    fmt::format("A query vector of model '{}' holds a value that is not a finite number.", model));
    }

    static void expect_dimensions(std::span<const Embedding> queries, const chroma::Collection& collection) {
        for (const auto& query : queries) {
            if (!collection.dimensions || query.size() == *collection.dimensions) continue;
            throw Error(ErrorCode::BadInput,
                        fmt::format("A query vector has {} dimensions, but those of model '{}' have {}.", query.size(),
                                    collection.model, *collection.dimensions));
        }
    }

    /// Calls the server unless it is known to be down, and remembers how that went.
    template <class Call>
    auto guarded(Call call) -> decltype(call()) {
        using Clock = std::chrono::steady_clock;
        if (const auto wait = breaker_->refused_for(Clock::now())) {
            throw Error(
                ErrorCode::Unavailable,
                fmt::format("The vector store at {} is unavailable; it is tried again by itself.", client_.host()),
                *wait);
        }
        try {
            auto result = call();
            breaker_->succeeded();
            return result;
        } catch (const Error& error) {
            if (error.code() == ErrorCode::Unavailable || error.code() == ErrorCode::TimedOut) {
                breaker_->failed(Clock::now());
            } else {
                breaker_->succeeded(); // it answered
            }
            throw;
        }
    }

    template <class Use>
    using Answer = std::optional<std::invoke_result_t<const Use&, const chroma::Collection&>>;

    /// What `use` makes of the model's collection; nothing when there is none yet.
    template <class Use>
    Answer<Use> asked(const std::string& model, const Use& use) {
        auto result = guarded([&] { return with_collection(model, use); });
        if (!result) expect_nothing_delivered(model);
        return result;
    }

    /// A collection that was deleted since it was last seen is looked for once more.
    template <class Use>
    Answer<Use> with_collection(const std::string& model, const Use& use) {
        if (const auto collection = collections_.find(model)) {
            try {
                return use(*collection);
            } catch (const Error& error) {
                if (error.code() != ErrorCode::NotFound) throw;
                collections_.forget(model);
            }
            if (const auto other = collections_.find(model)) return use(*other);
        }
        return std::nullopt;
    }

    /// A missing collection is an empty one, unless vectors were delivered to it.
    void expect_nothing_delivered(const std::string& model) {
        const auto delivered = database_.read([](Transaction& tx) { return vector_outbox_repository::delivered(tx); });
        if (!delivered.contains(model)) return;
        bell_->ask_for_audit();
        throw Error(ErrorCode::Unavailable,
                    fmt::format("The vector store at {} has lost the collection for the model '{}'; it is being "
                                "filled again.",
                                client_.host(), model));
    }

    Database& database_;
    const Clock& clock_;
    const ChromaStoreOptions options_;
    ChromaClient client_;
    ChromaCollections collections_;
    const std::shared_ptr<CircuitBreaker> breaker_; ///< one for searches and deliveries
    const std::shared_ptr<DeliveryBell> bell_;      ///< shared with actions that wait for a commit
};

} // namespace

std::unique_ptr<VectorStore> make_chroma_store(Database& database, const Clock& clock,
                                               const ChromaStoreOptions& options) {
    return std::make_unique<ChromaStore>(database, clock, options);
}

} // namespace vitrine
