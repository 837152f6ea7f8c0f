#include "engine/first_lines.hpp"

#include <string>

#include <gtest/gtest.h>

namespace vitrine {
namespace {

TEST(FirstLines, NamesTheLineAnIdStoodOnFirst) {
    FirstLines lines;
    EXPECT_FALSE(lines.add("a", 2));
    EXPECT_FALSE(lines.add("b", 3));
    EXPECT_EQ(lines.add("a", 4), 2U);
    EXPECT_EQ(lines.add("a", 5), 2U);
    EXPECT_FALSE(lines.add("", 6));
    EXPECT_EQ(lines.add("", 7), 6U);
}

TEST(FirstLines, ForgetsNothingWhileItGrows) {
    constexpr std::size_t ids = 20'000;
    FirstLines lines;
    for (std::size_t i = 0; i < ids; ++i) EXPECT_FALSE(lines.add("product " + std::to_string(i), i + 2));
    for (std::size_t i = 0; i < ids; ++i) EXPECT_EQ(lines.add("product " + std::to_string(i), 1), i + 2);
}

} // namespace
} // namespace vitrine
