#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace vitrine {

/// Joins calls that come at one time into one piece of work, for something that does a few pieces at a time and does a
/// large one for no more than many small ones.
///
/// A call that finds a place free begins at once, so that a single caller never waits; those that come while all places
/// are taken wait for a piece to end, and then go together, up to `weight_max`, the longest waiting first. So nothing
/// is delayed for the sake of joining, and a call waits for at most a piece under way and those before it in line. The
/// work runs on the callers' own threads; there is no other. Safe from any thread.
template <class Call>
class CallJoiner {
public:
    /// `work` does all of the calls it is given; it runs in at most `places` threads at a time. What it throws reaches
    /// every caller of that piece.
    using Work = std::function<void(std::span<Call* const>)>;

    CallJoiner(std::size_t weight_max, Work work, std::size_t places = 1)
        : weight_max_(weight_max), work_(std::move(work)), places_(places) {}

    /// Returns when the call is done. `weight` is its share of a piece; one heavier than `weight_max` goes alone.
    void run(Call& call, std::size_t weight = 1) {
        Waiting mine{.call = &call, .weight = weight};
        std::unique_lock lock(mutex_);
        waiting_.push_back(&mine);
        while (!mine.done) {
            changed_.wait(lock, [&] { return mine.done || (!mine.taken && at_work_ < places_); });
            if (!mine.done) work_until_taken(mine, lock);
        }
        if (mine.failure) std::rethrow_exception(mine.failure);
    }

    /// How many calls are in line, and whether a piece is under way: for tests and figures.
    [[nodiscard]] std::size_t waiting() const {
        const std::scoped_lock lock(mutex_);
        return waiting_.size();
    }
    [[nodiscard]] bool busy() const {
        const std::scoped_lock lock(mutex_);
        return at_work_ > 0;
    }

private:
    struct Waiting {
        Call* call = nullptr;
        std::size_t weight = 1;
        bool taken = false; ///< it is in a piece that was begun
        bool done = false;
        std::exception_ptr failure{};
    };

    /// Takes a place and works until the call was in a piece, its own or that of another place.
    void work_until_taken(Waiting& mine, std::unique_lock<std::mutex>& lock) {
        ++at_work_;
        while (!mine.taken) {
            const auto piece = next_piece();
            std::vector<Call*> calls;
            for (const Waiting* one : piece) calls.push_back(one->call);
            lock.unlock();
            std::exception_ptr failure;
            try {
                work_(calls);
            } catch (...) { // whoever called gets it
                failure = std::current_exception();
            }
            lock.lock();
            for (Waiting* one : piece) {
                one->failure = failure;
                one->done = true;
            }
            changed_.notify_all();
        }
        --at_work_;
        changed_.notify_all();
    }

    std::vector<Waiting*> next_piece() {
        std::vector<Waiting*> piece;
        std::size_t weight = 0;
        while (!waiting_.empty() && (piece.empty() || weight + waiting_.front()->weight <= weight_max_)) {
            weight += waiting_.front()->weight;
            piece.push_back(waiting_.front());
            piece.back()->taken = true;
            waiting_.pop_front();
        }
        return piece;
    }

    const std::size_t weight_max_;
    const Work work_;
    const std::size_t places_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t at_work_ = 0;      ///< guarded by mutex_: places that are taken
    std::deque<Waiting*> waiting_; ///< guarded by mutex_: not begun, in order
};

} // namespace vitrine
