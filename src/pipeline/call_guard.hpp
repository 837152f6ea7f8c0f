#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <random>
#include <string>

#include <vitrine/error.hpp>
#include <vitrine/time.hpp>

#include "core/bulkhead.hpp"
#include "core/call_statistics.hpp"
#include "core/circuit_breaker.hpp"
#include "core/not_its_turn.hpp"
#include "jobs/call_limit.hpp"
#include "ml/call_gate.hpp"

namespace vitrine {

struct CallGuardOptions {
    std::string name;      ///< of the question, for messages and metrics: "ml.label"
    int at_once = 0;       ///< calls under way from this process; 0: any number
    bool is_server = true; ///< which may be down: after failures in a row it is left alone for a while. What runs in
                           ///< this process cannot, and callers wait for their turn however long it takes
    CircuitBreaker::Options breaker;
    Milliseconds throttled_max{0}; ///< a server that turned every call away (429) for longer has failed; 0: never
};

/// The guard around one engine for one question: a breaker, a bulkhead, the limit that all processes keep together, and
/// counts. Timeouts are the engine's, and retries with their backoff are the queue's: a call that was not made, or that
/// the server turned away with a 429, costs its task no attempt (NotItsTurn). After a 429 with a Retry-After no call is
/// made until it has passed; without one, the caller waits the longer the more 429s came in a row. When there was
/// nothing but 429s for CallGuardOptions::throttled_max, callers are told so by a retryable Error, which costs an
/// attempt, until a call succeeds. Safe from any thread.
class CallGuard final : public CallGate {
public:
    /// `limit` may be null: then there is none; several guards may share one.
    CallGuard(CallGuardOptions options, std::shared_ptr<CallLimit> limit);

    /// What `call` returns. Throws what it throws, and NotItsTurn when it was not made or throws Error(RateLimited).
    template <class Call>
    auto through(const Call& call) {
        std::optional<decltype(call())> result;
        pass({.begin = {}, .exchange = [&] { result = call(); }, .read = [] {}});
        return std::move(*result);
    }

    void pass(const GatedCall& call) override;

    [[nodiscard]] const std::string& name() const noexcept { return options_.name; }
    [[nodiscard]] CallCounts counts() const { return statistics_.counts(); }

    /// How many calls may be under way now; 0: any number.
    [[nodiscard]] int at_once() const { return bulkhead_.at_once(); }

    /// How many callers wait for a place.
    [[nodiscard]] int waiting() const { return bulkhead_.waiting(); }

private:
    using SteadyClock = std::chrono::steady_clock;

    /// One call from its admission to its end.
    class Passage {
    public:
        Passage(CallGuard& guard, const GatedCall& call);
        ~Passage();
        Passage(const Passage&) = delete;
        Passage& operator=(const Passage&) = delete;

        /// Its answer is here: another call may be under way in its place.
        void give_way();

        Bulkhead::End end = Bulkhead::End::Otherwise;
        bool is_counted = false;
        SteadyClock::duration took{}; ///< until it gave way
        Milliseconds wait{0};         ///< of one that was turned away: how long until its next try
        std::string given_up;         ///< of one that was turned away as all others were: what its caller is told

    private:
        CallGuard& guard_;
        std::optional<CallLimit::Turn> turn_;
        SteadyClock::time_point began_;
        bool is_under_way_ = true;
    };

    /// When it was admitted.
    SteadyClock::time_point admit(const GatedCall& call);
    void succeeded(Passage& passage);
    void failed(Passage& passage, const Error& error);
    void turned_away(Passage& passage, const Error& error);
    [[nodiscard]] Milliseconds wait_max() const;
    [[noreturn]] void hold_back(ErrorCode code, const std::string& why, Milliseconds wait);

    const CallGuardOptions options_;
    const std::shared_ptr<CallLimit> limit_;
    Bulkhead bulkhead_;
    CircuitBreaker breaker_;
    CallStatistics statistics_;
    std::mutex mutex_;
    SteadyClock::time_point asked_to_pause_until_{}; ///< guarded by mutex_, as all below
    int turned_away_ = 0;                            ///< in a row
    SteadyClock::time_point first_turned_away_{};    ///< of that row
    std::string given_up_;                           ///< what callers are told; empty: it is waited for
    std::mt19937_64 random_{std::random_device{}()};
};

} // namespace vitrine
