#include "jobs/call_limit.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "storage/limit_repository.hpp"

namespace vitrine {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr auto wanted_topic = "permits_wanted"; // both: the detail is the limit's name
constexpr auto freed_topic = "permits_freed";

constexpr Milliseconds idle_max{100};
constexpr Milliseconds ask_again{200}; ///< the safety net where an announcement is lost, and for leases that end
constexpr int any_number = std::numeric_limits<int>::max() / 2;

} // namespace

CallLimit::CallLimit(Database& database, CallLimitOptions options)
    : database_(database), options_(std::move(options)),
      rate_(TokenRate::of(std::max(options_.calls_per_second, 1e-6), options_.burst)),
      held_(database.is_shared() && options_.concurrency > 0 ? 0
            : options_.concurrency > 0                       ? options_.concurrency
                                                             : any_number),
      own_bucket_{.tokens = rate_.capacity, .filled_at = database.clock().now()} {
    if (!database.is_shared()) return;
    listening_ = database.listen([this](const std::string& topic, const std::string& detail) { hear(topic, detail); });
    keeper_ = std::jthread([this](const std::stop_token& stop) { keep(stop); });
}

CallLimit::~CallLimit() {
    listening_.reset();
    keeper_ = {}; // stops and joins
    if (!database_.is_shared() || options_.concurrency == 0) return;
    try {
        Lock lock(mutex_);
        ask_database(lock, 0, 0);
    } catch (const Error&) {
        // The database is away: what we held is free when its lease ends.
    }
}

CallLimit::Turn CallLimit::wait_for_turn() {
    const auto deadline = SteadyClock::now() + options_.wait_max;
    Lock lock(mutex_);
    ++waiting_;
    try {
        while (!may_begin()) {
            const auto now = SteadyClock::now();
            if (now >= deadline) {
                throw NotItsTurn(ErrorCode::RateLimited,
                                 fmt::format("The limit on calls of '{}' is reached (ml.limits); it goes on by itself.",
                                             options_.name),
                                 std::max(options_.wait_max / 2, Milliseconds{1}));
            }
            if (!asking_ && now >= ask_at_) {
                ask(lock);
            } else {
                // A moment of its own: it is read while nothing is locked.
                const auto until = asking_ ? deadline : std::min(deadline, ask_at_);
                changed_.wait_until(lock, until);
            }
        }
    } catch (...) {
        --waiting_;
        throw;
    }
    --waiting_;
    ++under_way_;
    if (options_.calls_per_second > 0) --tokens_;
    return Turn(*this);
}

bool CallLimit::may_begin() const {
    const bool has_token = options_.calls_per_second <= 0 || (tokens_ > 0 && SteadyClock::now() < tokens_end_);
    return has_token && under_way_ < held_ - owed_;
}

/// Asks once for all who wait.
void CallLimit::ask(Lock& lock) {
    const auto now = SteadyClock::now();
    if (now >= tokens_end_) tokens_ = 0;
    const int ahead = static_cast<int>(options_.calls_per_second / 10);
    const int tokens = options_.calls_per_second > 0 && tokens_ == 0 ? std::max(waiting_, ahead) : 0;
    if (!database_.is_shared()) {
        tokens_ += own_bucket_.take(rate_, std::min(tokens, waiting_), database_.clock().now());
        tokens_end_ = now + std::chrono::hours(1);
        ask_at_ = now + (tokens_ > 0 ? Milliseconds{0} : own_bucket_.until_next(rate_));
        if (under_way_ >= held_) ask_at_ = now + std::chrono::hours(1); // the end of a call is what helps
        changed_.notify_all();
        return;
    }
    // What is owed is given back first; the next asking, a moment later, competes for it with whoever waited.
    const int wanted = owed_ > 0 ? std::max(under_way_, held_ - owed_) : under_way_ + waiting_;
    owed_ = 0;
    ask_database(lock, options_.concurrency > 0 ? std::min(wanted, options_.concurrency) : 0, tokens);
}

void CallLimit::ask_database(Lock& lock, int permits, int tokens) {
    struct Answer {
        int held = any_number;
        limit_repository::Taken taken;
    };
    asking_ = true;
    const int held_before = held_;
    lock.unlock();
    Answer answer;
    std::exception_ptr refused;
    try {
        answer = database_.write([&](Transaction& tx) {
            const auto now = database_.clock().now();
            Answer got;
            if (options_.concurrency > 0) {
                got.held = limit_repository::hold(tx, {.limit = options_.name,
                                                       .holder = options_.holder,
                                                       .permits_max = options_.concurrency,
                                                       .wanted = permits,
                                                       .now = now,
                                                       .lease_until = now + options_.lease});
                if (got.held < permits) tx.announce(wanted_topic, options_.name);
                if (got.held < held_before) tx.announce(freed_topic, options_.name);
            }
            if (tokens > 0) got.taken = limit_repository::take_tokens(tx, options_.name, rate_, tokens, now);
            return got;
        });
    } catch (...) {
        refused = std::current_exception();
    }
    lock.lock();
    asking_ = false;
    const auto now = SteadyClock::now();
    ask_at_ = now + ask_again;
    changed_.notify_all();
    if (refused) std::rethrow_exception(refused);
    held_ = answer.held;
    extend_at_ = now + options_.lease / 3;
    if (tokens == 0) return;
    tokens_ += answer.taken.tokens;
    tokens_end_ = now + std::chrono::seconds(1);
    if (answer.taken.tokens == 0) ask_at_ = now + std::max(answer.taken.until_next, Milliseconds{1});
}

void CallLimit::end_turn() {
    {
        const std::lock_guard lock(mutex_);
        --under_way_;
        idle_since_ = SteadyClock::now();
        if (!database_.is_shared() || options_.concurrency == 0) ask_at_ = std::min(ask_at_, idle_since_);
    }
    changed_.notify_all();
}

bool CallLimit::has_surplus() const {
    if (options_.concurrency == 0 || held_ <= under_way_) return false;
    if (owed_ > 0) return true;
    return waiting_ == 0 && SteadyClock::now() - idle_since_ >= idle_max;
}

/// Extends the lease, and gives back what is not needed or owed.
void CallLimit::keep(const std::stop_token& stop) {
    Lock lock(mutex_);
    while (!stop.stop_requested()) {
        changed_.wait_for(lock, stop, idle_max, [this] { return has_surplus() && !asking_; });
        const bool extends = options_.concurrency > 0 && held_ > 0 && SteadyClock::now() >= extend_at_;
        if (stop.stop_requested() || asking_ || !(extends || has_surplus())) continue;
        const int owed = std::min(owed_, held_ - under_way_);
        const int wanted = has_surplus() && owed == 0 ? under_way_ : held_ - std::max(owed, 0);
        try {
            ask_database(lock, wanted, 0);
            owed_ = std::max(0, owed_ - std::max(owed, 0));
        } catch (const Error&) {
            extend_at_ = SteadyClock::now() + ask_again; // the callers that wait tell of it
        }
    }
}

void CallLimit::hear(const std::string& topic, const std::string& detail) {
    const bool missed = topic == Database::missed;
    if (!missed && detail != options_.name) return;
    {
        const std::lock_guard lock(mutex_);
        if (topic == wanted_topic && owed_ < held_) ++owed_;
        if (missed || topic == freed_topic) ask_at_ = {};
    }
    changed_.notify_all();
}

} // namespace vitrine
