#include "core/single_flight.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace vitrine {
namespace {

/// Asks for "key" on a thread of its own.
template <class Make>
std::future<int> ask(SingleFlight<std::string, int>& flight, Make make) {
    return std::async(std::launch::async, [&flight, make] { return flight.run("key", make); });
}

TEST(SingleFlight, WhoComesMeanwhileGetsWhatTheFirstMakes) {
    SingleFlight<std::string, int> flight;
    std::promise<void> is_making, may_end;
    auto first = ask(flight, [&] {
        is_making.set_value();
        may_end.get_future().wait();
        return 7;
    });
    is_making.get_future().wait();
    std::atomic<int> made = 0;
    std::vector<std::future<int>> others;
    for (int i = 0; i < 3; ++i) others.push_back(ask(flight, [&] { return ++made; }));
    EXPECT_EQ(flight.run("another key", [] { return 8; }), 8) << "which waits for nobody";
    std::this_thread::sleep_for(std::chrono::milliseconds(50)); // they wait: there is no event that tells of it
    may_end.set_value();
    EXPECT_EQ(first.get(), 7);
    for (auto& other : others) EXPECT_EQ(other.get(), 7);
    EXPECT_EQ(made, 0);
}

TEST(SingleFlight, AllOfThemHearThatItFailedAndTheNextTriesAgain) {
    SingleFlight<std::string, int> flight;
    std::promise<void> is_making, may_end;
    auto first = ask(flight, [&]() -> int {
        is_making.set_value();
        may_end.get_future().wait();
        throw std::runtime_error("no");
    });
    is_making.get_future().wait();
    auto other = ask(flight, []() -> int { throw std::runtime_error("it is not asked"); });
    std::this_thread::sleep_for(std::chrono::milliseconds(50)); // as above
    may_end.set_value();
    EXPECT_THROW(first.get(), std::runtime_error);
    EXPECT_THROW(other.get(), std::runtime_error);
    EXPECT_EQ(flight.run("key", [] { return 9; }), 9);
}

} // namespace
} // namespace vitrine
