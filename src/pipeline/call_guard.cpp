#include "pipeline/call_guard.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace vitrine {
namespace {

using std::chrono::duration_cast;

constexpr Milliseconds wait_least{250};
constexpr Milliseconds wait_most{2'000};
constexpr Milliseconds pause_most{60'000}; // for calls that were not themselves asked to wait

} // namespace

CallGuard::CallGuard(CallGuardOptions options, std::shared_ptr<CallLimit> limit)
    : options_(std::move(options)), limit_(std::move(limit)), bulkhead_(options_.at_once), breaker_(options_.breaker) {}

CallGuard::Passage::Passage(CallGuard& guard, const GatedCall& call) : guard_(guard) {
    began_ = guard.admit(call);
    try {
        if (guard.limit_) {
            turn_.emplace(guard.limit_->wait_for_turn());
            began_ = SteadyClock::now();
        }
    } catch (...) {
        guard.statistics_.held_back();
        guard.bulkhead_.leave(Bulkhead::End::Otherwise);
        throw;
    }
    guard.statistics_.began();
}

CallGuard::Passage::~Passage() {
    if (!is_counted) guard_.statistics_.failed(Error(ErrorCode::Internal, "It broke with something that is no error."));
    if (is_under_way_) guard_.bulkhead_.leave(end);
}

void CallGuard::Passage::give_way() {
    took = SteadyClock::now() - began_;
    end = Bulkhead::End::Succeeded;
    is_under_way_ = false;
    guard_.bulkhead_.leave(end);
    turn_.reset();
}

void CallGuard::pass(const GatedCall& call) {
    Passage passage(*this, call);
    try {
        call.exchange();
        passage.give_way();
        call.read();
        succeeded(passage);
    } catch (const Error& error) {
        failed(passage, error);
        if (passage.end != Bulkhead::End::Throttled) throw;
        if (!passage.given_up.empty()) throw Error(error.code(), passage.given_up);
        throw NotItsTurn(error.code(), error.what(), passage.wait);
    }
}

CallGuard::SteadyClock::time_point CallGuard::admit(const GatedCall& call) {
    const auto now = SteadyClock::now();
    SteadyClock::time_point pause_until;
    std::string given_up;
    {
        const std::lock_guard lock(mutex_);
        pause_until = asked_to_pause_until_;
        given_up = given_up_;
    }
    if (now < pause_until && !given_up.empty()) {
        statistics_.held_back();
        throw Error(ErrorCode::RateLimited, given_up);
    }
    if (now < pause_until) {
        hold_back(ErrorCode::RateLimited, "the server asked to be called less often",
                  duration_cast<Milliseconds>(pause_until - now) + Milliseconds{1});
    }
    SteadyClock::time_point admitted;
    std::optional<Milliseconds> refused;
    const auto entered = [&] {
        admitted = SteadyClock::now();
        if (options_.is_server) refused = breaker_.refused_for(admitted);
        if (!refused && !limit_ && call.begin) call.begin();
    };
    if (!bulkhead_.enter(wait_max(), entered)) {
        hold_back(ErrorCode::RateLimited, "as many calls as may be are under way", wait_max());
    }
    if (refused) {
        bulkhead_.leave(Bulkhead::End::Otherwise);
        hold_back(ErrorCode::Unavailable, "the server failed several times in a row and is left alone for a moment",
                  *refused);
    }
    return admitted;
}

void CallGuard::succeeded(Passage& passage) {
    passage.is_counted = true;
    breaker_.succeeded();
    {
        const std::lock_guard lock(mutex_);
        turned_away_ = 0;
        given_up_.clear();
    }
    statistics_.succeeded(passage.took);
}

void CallGuard::failed(Passage& passage, const Error& error) {
    passage.is_counted = true;
    statistics_.failed(error);
    if (dynamic_cast<const NotItsTurn*>(&error) != nullptr) return; // loading: neither well nor ill
    if (error.code() == ErrorCode::RateLimited) {
        turned_away(passage, error);
    } else if (error.retryable()) {
        breaker_.failed(SteadyClock::now());
    } else {
        breaker_.succeeded();
    }
}

void CallGuard::turned_away(Passage& passage, const Error& error) {
    passage.end = Bulkhead::End::Throttled;
    breaker_.succeeded(); // it answers
    const auto pause = std::min<Milliseconds>(error.retry_after().value_or(Milliseconds{0}), pause_most);
    const auto now = SteadyClock::now();
    const std::lock_guard lock(mutex_);
    asked_to_pause_until_ = std::max(asked_to_pause_until_, now + pause);
    if (turned_away_ == 0) first_turned_away_ = now;
    turned_away_ = std::min(turned_away_ + 1, 30); // further doubling would change nothing
    if (options_.throttled_max.count() > 0 && now - first_turned_away_ >= options_.throttled_max) {
        given_up_ = fmt::format("{} has been answering every call with 429 for over {} s (ml.limits.throttled_max_ms); "
                                "try the job again when its server takes calls. {}",
                                options_.name, options_.throttled_max.count() / 1000, error.what());
    }
    passage.given_up = given_up_;
    passage.wait = options_.breaker.pause.backoff(turned_away_, error.retry_after(), random_);
}

/// Two turns of those who are in, as long as calls usually take.
Milliseconds CallGuard::wait_max() const {
    if (!options_.is_server) return std::chrono::hours(1);
    const auto usual = statistics_.usual();
    if (!usual) return wait_least;
    const auto turn = duration_cast<Milliseconds>(*usual) / std::max(1, bulkhead_.at_once());
    return std::clamp<Milliseconds>(2 * turn, wait_least, wait_most);
}

void CallGuard::hold_back(ErrorCode code, const std::string& why, Milliseconds wait) {
    statistics_.held_back();
    throw NotItsTurn(code, fmt::format("{} is not asked now: {}; it goes on by itself.", options_.name, why),
                     std::max(wait, Milliseconds{1}));
}

} // namespace vitrine
