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

/// Joins calls that come at one time into one piece of work, for something that does one piece at a time and does a
/// large one for less than many small ones.
///
/// A call that finds nobody at work begins at once, so that a single caller never waits; those that come meanwhile wait
/// for that piece to end, and then go together, up to `weight_max`, the longest waiting first. So nothing is delayed
/// for the sake of joining, and a call waits for at most the piece under way and those before it in line. The work runs
/// on the caller's own thread; there is no other. Safe from any thread.
template <class Call>
class CallJoiner {
public:
    /// `work` does all of the calls it is given; it runs in one thread at a time. What it throws reaches every caller
    /// of that piece.
    using Work = std::function<void(std::span<Call* const>)>;

    CallJoiner(std::size_t weight_max, Work work) : weight_max_(weight_max), work_(std::move(work)) {}

    /// Returns when the call is done. `weight` is its share of a piece; one heavier than `weight_max` goes alone.
    void run(Call& call, std::size_t weight = 1) {
        Waiting mine{.call = &call, .weight = weight};
        std::unique_lock lock(mutex_);
        waiting_.push_back(&mine);
        changed_.wait(lock, [&] { return mine.done || !busy_; });
        if (!mine.done) do_piece_with(mine, lock);
        if (mine.failure) std::rethrow_exception(mine.failure);
    }

    /// How many calls are in line, and whether one is at work: for tests and figures.
    [[nodiscard]] std::size_t waiting() const {
        const std::scoped_lock lock(mutex_);
        return waiting_.size();
    }
    [[nodiscard]] bool busy() const {
        const std::scoped_lock lock(mutex_);
        return busy_;
    }

private:
    struct Waiting {
        Call* call = nullptr;
        std::size_t weight = 1;
        bool done = false;
        std::exception_ptr failure{};
    };

    /// Works until the call is done, in at most as many pieces as were in line before it.
    void do_piece_with(Waiting& mine, std::unique_lock<std::mutex>& lock) {
        busy_ = true;
        while (!mine.done) {
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
        busy_ = false;
        changed_.notify_all();
    }

    std::vector<Waiting*> next_piece() {
        std::vector<Waiting*> piece;
        std::size_t weight = 0;
        while (!waiting_.empty() && (piece.empty() || weight + waiting_.front()->weight <= weight_max_)) {
            weight += waiting_.front()->weight;
            piece.push_back(waiting_.front());
            waiting_.pop_front();
        }
        return piece;
    }

    const std::size_t weight_max_;
    const Work work_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool busy_ = false;            ///< guarded by mutex_: somebody works
    std::deque<Waiting*> waiting_; ///< guarded by mutex_: not begun, in order
};

} // namespace vitrine
