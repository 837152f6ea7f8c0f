#include "ml/call_joiner.hpp"

#include <future>
#include <latch>
#include <numeric>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

namespace vitrine {
namespace {

struct Doubling {
    int asked = 0;
    int answer = 0;
};

void answer_all(std::span<Doubling* const> calls) {
    for (Doubling* call : calls) call->answer = 2 * call->asked;
}

TEST(CallJoiner, SingleCallIsDoneAloneAndAtOnce) {
    std::vector<std::size_t> sizes;
    CallJoiner<Doubling> joiner(8, [&](auto calls) {
        sizes.push_back(calls.size());
        answer_all(calls);
    });
    Doubling call{21};
    joiner.run(call);
    EXPECT_EQ(call.answer, 42);
    EXPECT_EQ(sizes, std::vector<std::size_t>{1});
}

/// Holds the first piece of work until `count` more calls were begun, so that these must wait together.
struct HeldFirst {
    explicit HeldFirst(std::ptrdiff_t count) : begun(count) {}
    std::latch begun;
    std::promise<void> go;
    std::shared_future<void> may_go = go.get_future().share();
    std::vector<std::size_t> sizes; ///< of the pieces; written by one thread at a time, read after all ended

    void operator()(std::span<Doubling* const> calls) {
        sizes.push_back(calls.size());
        if (sizes.size() == 1) may_go.wait();
        answer_all(calls);
    }
};

/// Runs one call that is held and then `weights.size()` more, which are in line before it is let go.
template <class Joiner>
void run_behind_a_held_call(Joiner& joiner, HeldFirst& work, std::vector<Doubling>& calls,
                            const std::vector<std::size_t>& weights, std::vector<std::exception_ptr>& failures) {
    failures.resize(calls.size());
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        threads.emplace_back([&, i] {
            try {
                if (i > 0) work.begun.count_down();
                joiner.run(calls[i], weights[i]);
            } catch (...) {
                failures[i] = std::current_exception();
            }
        });
        if (i == 0) {
            while (joiner.waiting() != 0 || !joiner.busy()) std::this_thread::yield();
        }
    }
    work.begun.wait();
    while (joiner.waiting() != calls.size() - 1) std::this_thread::yield();
    work.go.set_value();
}

TEST(CallJoiner, CallsThatCameMeanwhileGoTogether) {
    HeldFirst work(5);
    CallJoiner<Doubling> joiner(8, std::ref(work));
    std::vector<Doubling> calls{{1}, {2}, {3}, {4}, {5}, {6}};
    std::vector<std::exception_ptr> failures;
    run_behind_a_held_call(joiner, work, calls, std::vector<std::size_t>(6, 1), failures);
    for (const auto& call : calls) EXPECT_EQ(call.answer, 2 * call.asked);
    EXPECT_EQ(work.sizes, (std::vector<std::size_t>{1, 5}));
}

TEST(CallJoiner, PieceIsNoHeavierThanAllowedUnlessOneCallIs) {
    HeldFirst work(4);
    CallJoiner<Doubling> joiner(3, std::ref(work));
    std::vector<Doubling> calls{{1}, {2}, {3}, {4}, {5}};
    std::vector<std::exception_ptr> failures;
    run_behind_a_held_call(joiner, work, calls, {1, 9, 9, 9, 9}, failures);
    for (const auto& call : calls) EXPECT_EQ(call.answer, 2 * call.asked);
    EXPECT_EQ(work.sizes, (std::vector<std::size_t>{1, 1, 1, 1, 1}));
}

TEST(CallJoiner, FailureReachesEveryCallerOfThatPieceAndNoOther) {
    HeldFirst work(3);
    CallJoiner<Doubling> joiner(8, [&](auto calls) {
        work(calls);
        if (calls.size() > 1) throw std::runtime_error("the network failed");
    });
    std::vector<Doubling> calls{{1}, {2}, {3}, {4}};
    std::vector<std::exception_ptr> failures;
    run_behind_a_held_call(joiner, work, calls, std::vector<std::size_t>(4, 1), failures);
    EXPECT_FALSE(failures[0]);
    for (std::size_t i = 1; i < failures.size(); ++i) {
        ASSERT_TRUE(failures[i]);
        EXPECT_THROW(std::rethrow_exception(failures[i]), std::runtime_error);
    }
    Doubling after{7};
    joiner.run(after);
    EXPECT_EQ(after.answer, 14) << "a failure stops nobody who comes later";
}

} // namespace
} // namespace vitrine
