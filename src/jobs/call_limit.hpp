#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <vitrine/error.hpp>
#include <vitrine/time.hpp>

#include "core/not_its_turn.hpp"
#include "core/token_bucket.hpp"
#include "storage/database.hpp"

namespace vitrine {

struct CallLimitOptions {
    std::string name;              ///< of the limit; all processes that name it share it
    std::string holder;            ///< unique among living processes
    int concurrency = 0;           ///< calls under way at one time, by all processes together; 0: any number
    double calls_per_second = 0.0; ///< begun by all processes together; 0: any number
    int burst = 1;                 ///< so many may begin at once after a pause
    Milliseconds lease{10'000};    ///< what a dead process held is free after this
    Milliseconds wait_max{2'000};  ///< a caller waits so long for its turn
};

/// Limits calls over all processes of a shared database; where the database is one process's own, it limits that one
/// and asks no database.
///
/// A process takes permits and tokens for all its waiting callers in one commit, passes a permit from one caller to the
/// next without another, and gives back what nobody used for a tenth of a second; tokens for up to a tenth of a second
/// are taken ahead. Where another process waits, each gives a permit back after the call that has it. What a process
/// that dies held is free when its lease ends. Safe from any thread.
class CallLimit {
public:
    /// `database` outlives it.
    CallLimit(Database& database, CallLimitOptions options);
    ~CallLimit();
    CallLimit(const CallLimit&) = delete;
    CallLimit& operator=(const CallLimit&) = delete;

    /// The right to one call, for as long as it lives.
    class Turn {
    public:
        explicit Turn(CallLimit& limit) : limit_(&limit) {}
        Turn(Turn&& other) noexcept : limit_(std::exchange(other.limit_, nullptr)) {}
        Turn& operator=(Turn&&) = delete;
        ~Turn() {
            if (limit_ != nullptr) limit_->end_turn();
        }

    private:
        CallLimit* limit_;
    };

    /// Blocks until it is this caller's turn. Throws NotItsTurn, with the time after which it is worth another try,
    /// when that did not come in time; what the database throws.
    [[nodiscard]] Turn wait_for_turn();

private:
    using Lock = std::unique_lock<std::mutex>;
    using Moment = std::chrono::steady_clock::time_point;

    [[nodiscard]] bool may_begin() const;
    void ask(Lock& lock);
    void ask_database(Lock& lock, int permits, int tokens);
    void end_turn();
    void keep(const std::stop_token& stop);
    void hear(const std::string& topic, const std::string& detail);
    [[nodiscard]] bool has_surplus() const;

    Database& database_;
    const CallLimitOptions options_;
    const TokenRate rate_;

    mutable std::mutex mutex_; ///< guards all below
    std::condition_variable_any changed_;
    int waiting_ = 0;
    int under_way_ = 0;
    int held_ = 0;        ///< permits, those under way included
    int owed_ = 0;        ///< permits that another process waits for: given back instead of passed on
    int tokens_ = 0;      ///< taken and not used
    Moment tokens_end_{}; ///< then they are given up: the bucket has filled again
    bool asking_ = false;
    Moment ask_at_{};    ///< no sooner: there was nothing
    Moment extend_at_{}; ///< the lease
    Moment idle_since_{};
    TokenBucket own_bucket_; ///< where the database is not shared

    std::unique_ptr<Listening> listening_;
    std::jthread keeper_; ///< last
};

} // namespace vitrine
