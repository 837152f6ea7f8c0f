#include "engine/parallel_repeat.hpp"

#include <atomic>
#include <barrier>
#include <stdexcept>

#include <gtest/gtest.h>

namespace vitrine {
namespace {

TEST(ParallelRepeat, TakesEveryItemOnce) {
    std::atomic<int> next = 0;
    std::atomic<int> sum = 0;
    repeat_in_parallel(4, [&] {
        const int item = next++;
        if (item >= 1000) return false;
        sum += item;
        return true;
    });
    EXPECT_EQ(sum, 499'500);
}

TEST(ParallelRepeat, RunsAsManyAtOnceAsAsked) {
    std::barrier everybody(4); // no step passes it until four run at one time
    repeat_in_parallel(4, [&] {
        everybody.arrive_and_wait();
        return false;
    });
}

TEST(ParallelRepeat, AnExceptionEndsAllAndIsThrownToTheCaller) {
    std::atomic<int> steps = 0;
    EXPECT_THROW(repeat_in_parallel(4,
                                    [&]() -> bool {
                                        if (++steps == 10) throw std::runtime_error("the tenth");
                                        return true;
                                    }),
                 std::runtime_error);
}

TEST(ParallelRepeat, NoThreadAskedForIsOne) {
    int steps = 0;
    repeat_in_parallel(0, [&] { return ++steps < 3; });
    EXPECT_EQ(steps, 3);
}

} // namespace
} // namespace vitrine
