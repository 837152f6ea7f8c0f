#include "vectors/chroma_delivery.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include <vitrine/error.hpp>

#include "storage/vector_outbox_repository.hpp"
#include "vectors/chroma_courier.hpp"
#include "vectors/vector_faults.hpp"

namespace vitrine {
namespace {

namespace outbox = vector_outbox_repository;
using outbox::Intent;
using outbox::Operation;
using SteadyClock = std::chrono::steady_clock;

/// Intents that this process holds, until the lease ends.
struct Claimed {
    std::string owner;
    SteadyClock::time_point lease_end;
    std::vector<Intent> intents;
};

std::string unique_name() {
    std::random_device random;
    return fmt::format("{}-{:08x}{:08x}", ::getpid(), random(), random());
}

void add_to(DeliveryBatch& batch, const Intent& intent, std::optional<outbox::Delivery> delivery) {
    if (!delivery) {
        batch.removals.push_back(intent);
        return;
    }
    if (const auto fault = fault_of(delivery->vector); !fault.empty()) {
        throw Error(ErrorCode::Corrupted,
                    fmt::format("The stored vector of product image {} {}.", intent.id.value, fault));
    }
    const PutGroup group{.model = delivery->model, .dimensions = delivery->vector.size()};
    batch.puts[group].push_back({.intent = intent,
                                 .record = {.id = intent.id,
                                            .vector = std::move(delivery->vector),
                                            .product_id = std::move(delivery->product_id),
                                            .category = std::move(delivery->category),
                                            .colours = std::move(delivery->colours)}});
}

class ChromaDelivery final : public VectorDelivery {
public:
    ChromaDelivery(ChromaDeliveryParts parts, const ChromaStoreOptions& options)
        : parts_(std::move(parts)), options_(options), name_(unique_name()),
          courier_(options, parts_.breaker, stop_.get_token()), random_(std::random_device{}()),
          thread_([this] { run(); }) {}

    ~ChromaDelivery() override {
        stop_.request_stop();
        thread_.join();
    }

    bool wait_until_idle(SteadyClock::time_point deadline) override {
        std::unique_lock lock(mutex_);
        const auto question = ++asked_;
        parts_.bell->ring();
        return idle_.wait_until(lock, deadline, [&] { return answered_ >= question; });
    }

    ChromaDelivery(const ChromaDelivery&) = delete;
    ChromaDelivery& operator=(const ChromaDelivery&) = delete;

private:
    void run() {
        const auto stop = stop_.get_token();
        bool leases_released = parts_.database.is_shared(); // there others may hold them
        while (!stop.stop_requested()) {
            try {
                if (!leases_released) {
                    parts_.database.write([](Transaction& tx) { outbox::release_all(tx); });
                    leases_released = true;
                }
                parts_.bell->wait(stop, deliver_what_is_due());
                parts_.bell->pause(stop, SteadyClock::now() + options_.linger);
            } catch (const std::exception& error) { // whatever it is: what is recorded is delivered when it has passed
                if (!stop.stop_requested()) back_off(stop, error);
            }
        }
    }

    /// Reports a trouble once, and waits as long as it and the ones before it ask for.
    void back_off(const std::stop_token& stop, const std::exception& error) {
        if (reported_ != error.what()) parts_.events.report(reported_ = error.what());
        const auto* const known = dynamic_cast<const Error*>(&error);
        const auto wait =
            options_.retry.backoff(++failures_, known != nullptr ? known->retry_after() : std::nullopt, random_);
        courier_.lose();
        parts_.bell->pause(stop, SteadyClock::now() + wait);
    }

    /// Batches until none is due; when the next one is. Throws when the server must be left alone for a while.
    std::optional<SteadyClock::time_point> deliver_what_is_due() {
        const bool audit_asked = parts_.bell->take_audit();
        if (!courier_.is_reached() || audit_asked) reach();
        for (;;) {
            const auto question = last_question();
            const auto claimed = claim();
            if (claimed.intents.empty()) {
                answer(question);
                return next_due();
            }
            deliver(claimed);
            failures_ = 0;
            if (reported_.empty()) continue;
            reported_.clear();
            parts_.events.report(fmt::format("The vector store at {} takes vectors again.", courier_.host()));
        }
    }

    [[nodiscard]] std::uint64_t last_question() {
        const std::lock_guard lock(mutex_);
        return asked_;
    }

    void answer(std::uint64_t question) {
        {
            const std::lock_guard lock(mutex_);
            answered_ = question;
        }
        idle_.notify_all();
    }

    /// On a shared database no later than the next look: who died may have rung no bell of ours.
    std::optional<SteadyClock::time_point> next_due() {
        const auto now = parts_.clock.now();
        auto due = parts_.database.read([now](Transaction& tx) { return outbox::next_due(tx, now); });
        if (parts_.database.is_shared()) due = std::min(due.value_or(now + options_.look), now + options_.look);
        if (!due) return std::nullopt;
        return SteadyClock::now() + (*due - now);
    }

    /// Meets the server for the first time, or again: counts what it holds. What waits is told why where that fails.
    void reach() {
        try {
            courier_.reach();
            audit();
        } catch (const Error& error) {
            courier_.lose();
            if (error.code() != ErrorCode::Cancelled) postpone(claim(), error.what());
            throw;
        }
    }

    /// Delivers anew all vectors of a model some of which the server lost. (chroma-core/chroma issues 6975 and 7090:
    /// servers have lost what they had taken; one started over another folder looks the same.)
    void audit() {
        const auto expected = parts_.database.read([](Transaction& tx) { return outbox::delivered(tx); });
        if (expected.empty()) return;
        auto held = courier_.counts();
        for (const auto& [model, count] : expected) {
            if (held[model] >= count) continue;
            parts_.events.report(fmt::format("The vector store at {} holds {} of {} vectors of the model '{}'; all are "
                                             "delivered to it again.",
                                             courier_.host(), held[model], count, model));
            add_all(model);
        }
    }

    void add_all(const std::string& model) {
        constexpr int page = 2'000;
        for (std::optional<ProductImageId> last = ProductImageId{}; last;) {
            last = parts_.database.write(
                [&](Transaction& tx) { return outbox::add_all(tx, model, *last, page, parts_.clock.now()); });
        }
    }

    Claimed claim() {
        Claimed claimed{.owner = fmt::format("{}-{}", name_, ++claims_),
                        .lease_end = SteadyClock::now() + options_.lease,
                        .intents = {}};
        claimed.intents = parts_.database.write([&](Transaction& tx) {
            const auto now = parts_.clock.now();
            return outbox::claim(tx, {.owner = claimed.owner,
                                      .now = now,
                                      .lease_until = now + options_.lease,
                                      .limit = static_cast<int>(courier_.batch_max())});
        });
        return claimed;
    }

    /// Carries out a batch and records how it went. Throws what stopped it, after that.
    void deliver(const Claimed& claimed) {
        DeliveryReport report;
        const DeliveryBatch batch = read(claimed, report);
        courier_.carry_out(batch, report);
        if (report.trouble && report.trouble->code() == ErrorCode::Cancelled) {
            for (auto& postponed : report.postponed) postponed.why.clear(); // this process stops: no trouble to tell of
        }
        settle(claimed, report);
        for (const auto& [intent, why] : report.refused) {
            parts_.events.report(fmt::format("The vector of product image {} is set apart: {}", intent.id.value, why));
        }
        if (report.lost_collection) parts_.bell->ask_for_audit();
        if (report.trouble) throw Error(*report.trouble);
    }

    /// What the intents ask for. A put whose link is gone meanwhile is a removal; one whose stored vector cannot be
    /// used is refused here.
    DeliveryBatch read(const Claimed& claimed, DeliveryReport& report) {
        DeliveryBatch batch;
        batch.lease_end = claimed.lease_end;
        parts_.database.read([&](Transaction& tx) {
            for (const Intent& intent : claimed.intents) {
                try {
                    add_to(batch, intent,
                           intent.operation == Operation::Put ? outbox::load(tx, intent.id) : std::nullopt);
                } catch (const Error& error) {
                    if (error.retryable()) throw;
                    report.refused.push_back({intent, error.what()});
                }
            }
        });
        return batch;
    }

    void postpone(const Claimed& claimed, const std::string& why) {
        DeliveryReport report;
        for (const Intent& intent : claimed.intents) report.postponed.push_back({intent, why});
        settle(claimed, report);
    }

    /// Records how a batch went, and tells those who wait for it, in one transaction.
    void settle(const Claimed& claimed, const DeliveryReport& report) {
        std::vector<ProductImageId> arrived;
        for (const Intent& intent : report.done) {
            if (intent.operation == Operation::Put) arrived.push_back(intent.id);
        }
        for (const auto& [intent, why] : report.refused) arrived.push_back(intent.id);
        parts_.database.write([&](Transaction& tx) {
            const auto now = parts_.clock.now();
            for (const Intent& intent : report.done) outbox::settle(tx, intent, claimed.owner);
            for (const auto& [intent, why] : report.refused) outbox::refuse(tx, intent, claimed.owner, why, now);
            for (const auto& [intent, why] : report.postponed) outbox::give_back(tx, intent, claimed.owner, why, now);
            if (!arrived.empty()) parts_.events.arrived(tx, arrived);
        });
    }

    const ChromaDeliveryParts parts_;
    const ChromaStoreOptions options_;
    const std::string name_;
    std::stop_source stop_;

    std::mutex mutex_;
    std::condition_variable idle_;
    std::uint64_t asked_ = 0;    ///< guarded by mutex_; how often somebody began to wait for idleness
    std::uint64_t answered_ = 0; ///< guarded by mutex_; of these, the last that was found idle

    // Used by the thread alone.
    ChromaCourier courier_;
    std::mt19937_64 random_;
    std::string reported_; ///< the trouble that was reported last; empty when all is well
    int failures_ = 0;     ///< in a row
    std::uint64_t claims_ = 0;

    std::thread thread_; ///< last: starts when all else is there
};

} // namespace

std::unique_ptr<VectorDelivery> make_chroma_delivery(ChromaDeliveryParts parts, const ChromaStoreOptions& options) {
    return std::make_unique<ChromaDelivery>(std::move(parts), options);
}

} // namespace vitrine
