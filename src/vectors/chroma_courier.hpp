#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include <vitrine/error.hpp>

#include "core/circuit_breaker.hpp"
#include "storage/vector_outbox_repository.hpp"
#include "vectors/chroma_collections.hpp"
#include "vectors/chroma_store.hpp"

namespace vitrine {

/// Puts that go to one collection. Vectors of another length than their model's make a group of their own, which fails
/// without the others.
struct PutGroup {
    std::string model;
    std::size_t dimensions = 0;
    friend auto operator<=>(const PutGroup&, const PutGroup&) = default;
};

struct VectorPut {
    vector_outbox_repository::Intent intent;
    chroma::Record record;
};

/// What one claim of the outbox asks the server for.
struct DeliveryBatch {
    std::map<PutGroup, std::vector<VectorPut>> puts;
    std::vector<vector_outbox_repository::Intent> removals;
    std::chrono::steady_clock::time_point lease_end;
};

/// An intent that was not carried out, and why.
struct Undelivered {
    vector_outbox_repository::Intent intent;
    std::string why;
};

/// How a batch went.
struct DeliveryReport {
    std::vector<vector_outbox_repository::Intent> done;
    std::vector<Undelivered> refused;   ///< the server refuses this very vector
    std::vector<Undelivered> postponed; ///< the server cannot be used now
    std::optional<Error> trouble;       ///< why not
    bool lost_collection = false;       ///< one that held vectors is gone
};

/// Carries batches to a ChromaDB server and tells the breaker how its calls go. Whatever it does may be done again.
/// For one thread.
class ChromaCourier {
public:
    ChromaCourier(const ChromaStoreOptions& options, std::shared_ptr<CircuitBreaker> breaker, std::stop_token stop);

    /// Asks the server for its limits. Throws as ChromaClient.
    void reach();

    /// Whether it was reached since the last trouble: another server may answer after that.
    [[nodiscard]] bool is_reached() const noexcept { return limits_.has_value(); }
    void lose() { limits_.reset(); }

    /// How many intents a batch may have.
    [[nodiscard]] std::size_t batch_max() const;

    /// How many vectors the server holds, by model. Throws as ChromaClient.
    [[nodiscard]] std::map<std::string, std::int64_t> counts();

    /// Carries out what it can of the batch; every intent of it ends in one list of `report`.
    void carry_out(const DeliveryBatch& batch, DeliveryReport& report);

    [[nodiscard]] const std::string& host() const noexcept { return client_.host(); }

private:
    template <class Call>
    auto tracked(Call call) -> decltype(call());
    void put_all(const PutGroup& group, std::span<const VectorPut> puts,
                 std::chrono::steady_clock::time_point lease_end, DeliveryReport& report);
    void upsert(const PutGroup& group, std::span<const VectorPut> puts, std::chrono::steady_clock::time_point lease_end,
                std::vector<Undelivered>& refused);
    void expect_time_left(std::chrono::steady_clock::time_point lease_end) const;
    void remove_from_others(const chroma::Collection& collection, std::span<const VectorPut> puts);
    void remove_all(std::span<const vector_outbox_repository::Intent> removals, DeliveryReport& report);
    void remove_from(const chroma::Collection& collection, std::span<const ProductImageId> ids);

    const ChromaStoreOptions options_;
    const std::shared_ptr<CircuitBreaker> breaker_;
    ChromaClient client_;
    ChromaCollections collections_;
    std::optional<chroma::ServerLimits> limits_;
    std::vector<chroma::Collection> all_; ///< as last listed
};

} // namespace vitrine
