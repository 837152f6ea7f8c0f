#include "vectors/chroma_courier.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace vitrine {
namespace {

using vector_outbox_repository::Intent;
using SteadyClock = std::chrono::steady_clock;

/// Whether the server as a whole cannot be used now, so that nothing else of a batch need be tried.
bool concerns_everything(const Error& error) {
    return error.retryable() || error.code() == ErrorCode::Cancelled;
}

/// Whether the server refuses what was sent for what it holds.
bool concerns_content(const Error& error) {
    return error.code() == ErrorCode::BadInput || error.code() == ErrorCode::TooLarge;
}

const Intent& intent_of(const VectorPut& put) {
    return put.intent;
}
const Intent& intent_of(const Intent& intent) {
    return intent;
}

/// Runs `work`, which carries out `asked`; what stops it postpones them. After a trouble that concerns everything
/// nothing more is tried.
template <class Asked, class Work>
void attempt(const std::vector<Asked>& asked, DeliveryReport& report, Work work) {
    if (!report.trouble || !concerns_everything(*report.trouble)) {
        try {
            return work();
        } catch (const Error& error) {
            report.trouble = error;
        }
    }
    for (const Asked& one : asked) report.postponed.push_back({intent_of(one), report.trouble->what()});
}

} // namespace

ChromaCourier::ChromaCourier(const ChromaStoreOptions& options, std::shared_ptr<CircuitBreaker> breaker,
                             std::stop_token stop)
    : options_(options), breaker_(std::move(breaker)), client_(options.address, options.limits, std::move(stop)),
      collections_(client_, options.family) {}

void ChromaCourier::reach() {
    limits_ = tracked([this] { return client_.limits(); });
}

std::size_t ChromaCourier::batch_max() const {
    const auto wanted = static_cast<std::size_t>(options_.batch_max);
    return limits_ ? std::min(wanted, limits_->batch_max) : wanted;
}

std::map<std::string, std::int64_t> ChromaCourier::counts() {
    std::map<std::string, std::int64_t> held;
    all_ = tracked([this] { return collections_.all(); });
    for (const auto& collection : all_) {
        held[collection.model] = tracked([&] { return client_.count(collection.id); });
    }
    return held;
}

void ChromaCourier::carry_out(const DeliveryBatch& batch, DeliveryReport& report) {
    for (const auto& [group, puts] : batch.puts) {
        attempt(puts, report, [&] { put_all(group, puts, batch.lease_end, report); });
    }
    if (batch.removals.empty()) return;
    attempt(batch.removals, report, [&] { remove_all(batch.removals, report); });
}

template <class Call>
auto ChromaCourier::tracked(Call call) -> decltype(call()) {
    try {
        if constexpr (std::is_void_v<decltype(call())>) {
            call();
            breaker_->succeeded();
        } else {
            auto result = call();
            breaker_->succeeded();
            return result;
        }
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Unavailable || error.code() == ErrorCode::TimedOut) {
            breaker_->failed(SteadyClock::now());
        }
        throw;
    }
}

void ChromaCourier::put_all(const PutGroup& group, std::span<const VectorPut> puts, SteadyClock::time_point lease_end,
                            DeliveryReport& report) {
    std::vector<Undelivered> refused;
    try {
        upsert(group, puts, lease_end, refused);
        if (refused.size() == puts.size() && puts.size() > 1) {
            // Not the vectors, then, but the server or something in between.
            throw Error(ErrorCode::Configuration, refused.front().why);
        }
        remove_from_others(collections_.find_or_make(group.model, group.dimensions), puts);
    } catch (const Error& error) {
        collections_.forget(group.model);
        report.lost_collection = report.lost_collection || error.code() == ErrorCode::NotFound;
        throw;
    }
    for (const VectorPut& put : puts) {
        const auto same = [&put](const Undelivered& failed) { return failed.intent.id == put.intent.id; };
        if (std::ranges::none_of(refused, same)) report.done.push_back(put.intent);
    }
    report.refused.insert(report.refused.end(), refused.begin(), refused.end());
}

/// Sends the puts; those that the server refuses by themselves come back in `refused`, found by halving.
void ChromaCourier::upsert(const PutGroup& group, std::span<const VectorPut> puts, SteadyClock::time_point lease_end,
                           std::vector<Undelivered>& refused) {
    std::vector<chroma::Record> records;
    for (const VectorPut& put : puts) records.push_back(put.record);
    const auto collection = tracked([&] { return collections_.find_or_make(group.model, group.dimensions); });
    expect_time_left(lease_end);
    try {
        return tracked([&] { client_.upsert(collection.id, records, limits_ && limits_->takes_base64); });
    } catch (const Error& error) {
        if (!concerns_content(error)) throw;
        if (puts.size() == 1) return refused.push_back({puts.front().intent, error.what()});
    }
    collections_.forget(group.model); // asked again: it may have been filled with vectors of another length
    const auto half = puts.size() / 2;
    upsert(group, puts.first(half), lease_end, refused);
    upsert(group, puts.subspan(half), lease_end, refused);
}

/// Nothing may be sent that could arrive after somebody else took the lease over.
void ChromaCourier::expect_time_left(SteadyClock::time_point lease_end) const {
    if (SteadyClock::now() + options_.limits.write < lease_end) return;
    throw Error(ErrorCode::TimedOut,
                fmt::format("The vector store at {} is too slow for what waits; it is tried again.", host()));
}

/// A link has one vector: one of another model that was put before goes.
void ChromaCourier::remove_from_others(const chroma::Collection& collection, std::span<const VectorPut> puts) {
    const auto is_it = [&collection](const chroma::Collection& other) { return other.id == collection.id; };
    if (std::ranges::none_of(all_, is_it)) all_ = tracked([this] { return collections_.all(); });
    std::vector<ProductImageId> ids;
    for (const VectorPut& put : puts) ids.push_back(put.intent.id);
    for (const auto& other : all_) {
        if (!is_it(other)) remove_from(other, ids);
    }
}

/// A removal goes to every collection: which model's vector it was is not recorded.
void ChromaCourier::remove_all(std::span<const Intent> removals, DeliveryReport& report) {
    std::vector<ProductImageId> ids;
    for (const Intent& removal : removals) ids.push_back(removal.id);
    all_ = tracked([this] { return collections_.all(); });
    for (const auto& collection : all_) remove_from(collection, ids);
    report.done.insert(report.done.end(), removals.begin(), removals.end());
}

void ChromaCourier::remove_from(const chroma::Collection& collection, std::span<const ProductImageId> ids) {
    try {
        tracked([&] { client_.remove(collection.id, ids); });
    } catch (const Error& error) {
        if (error.code() != ErrorCode::NotFound) throw; // a collection that is gone holds no vector
    }
}

} // namespace vitrine
