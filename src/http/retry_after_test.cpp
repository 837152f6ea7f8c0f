#include "http/retry_after.hpp"

#include <gtest/gtest.h>

namespace vitrine {
namespace {

constexpr Timestamp now{std::chrono::seconds(784'111'777)}; // Sun, 06 Nov 1994 08:49:37 GMT

TEST(RetryAfter, SecondsAreAWait) {
    EXPECT_EQ(parse_retry_after("7", now), Milliseconds(7'000));
    EXPECT_EQ(parse_retry_after("0", now), Milliseconds(0));
}

TEST(RetryAfter, ADateInAnyOfTheThreeFormsIsTheWaitUntilThen) {
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:47 GMT", now), Milliseconds(10'000));
    EXPECT_EQ(parse_retry_after("Sunday, 06-Nov-94 08:49:47 GMT", now), Milliseconds(10'000));
    EXPECT_EQ(parse_retry_after("Sun Nov  6 08:49:47 1994", now), Milliseconds(10'000));
}

TEST(RetryAfter, ADateThatHasPassedIsNoWait) {
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), Milliseconds(0));
}

TEST(RetryAfter, NoServerMakesUsWaitLongerThanAnHour) {
    EXPECT_EQ(parse_retry_after("86400", now), std::chrono::hours(1));
    EXPECT_EQ(parse_retry_after("99999999999999999999999999", now), std::chrono::hours(1));
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 2094 08:49:47 GMT", now), std::chrono::hours(1));
}

TEST(RetryAfter, WhatIsNeitherIsNothing) {
    for (const auto* value : {"", "soon", "-5", "1.5", "7 apples", "\x01"}) {
        EXPECT_EQ(parse_retry_after(value, now), std::nullopt) << value;
    }
    EXPECT_EQ(parse_retry_after(std::string(100'000, 'S'), now), std::nullopt);
}

} // namespace
} // namespace vitrine
