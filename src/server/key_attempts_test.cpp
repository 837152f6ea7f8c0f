#include "server/key_attempts.hpp"

#include <gtest/gtest.h>

namespace vitrine::server {
namespace {

constexpr Timestamp start{Milliseconds{1'000'000}};
constexpr int attempts_at_once = 10;
const std::optional<Caller> nobody;
const std::optional<Caller> known(Caller{.name = "read 1a2b", .scope = Scope::Read});

TEST(KeyAttempts, OfAnAddressThatOnlyGuessesAreSlowedDown) {
    KeyAttempts attempts;
    for (int i = 0; i < attempts_at_once; ++i) EXPECT_FALSE(attempts.refuse("a", nobody, start)) << i;
    const auto wait = attempts.refuse("a", nobody, start);
    ASSERT_TRUE(wait);
    EXPECT_LE(*wait, Milliseconds(6'000));
    EXPECT_TRUE(attempts.refuse("a", known, start)) << "a right guess is not told either";
    EXPECT_FALSE(attempts.refuse("b", nobody, start)) << "another address";
    EXPECT_FALSE(attempts.refuse("a", nobody, start + Milliseconds(6'001)));
    EXPECT_TRUE(attempts.refuse("a", nobody, start + Milliseconds(6'002)));
}

TEST(KeyAttempts, DoNotLockOutAKeyThatWasRightFromThere) {
    KeyAttempts attempts;
    EXPECT_FALSE(attempts.refuse("proxy", known, start));
    for (int i = 0; i < 10 * attempts_at_once; ++i) static_cast<void>(attempts.refuse("proxy", nobody, start));
    EXPECT_TRUE(attempts.refuse("proxy", nobody, start));
    EXPECT_FALSE(attempts.refuse("proxy", known, start));
}

TEST(KeyAttempts, RightOnesAreNotCounted) {
    KeyAttempts attempts;
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(attempts.refuse("a", known, start));
    EXPECT_FALSE(attempts.refuse("a", nobody, start));
}

TEST(KeyAttempts, OfEverMoreAddressesTakeNoEverMoreMemory) {
    KeyAttempts attempts;
    for (int i = 0; i < 30'000; ++i) EXPECT_FALSE(attempts.refuse(std::to_string(i), i % 2 ? known : nobody, start));
}

} // namespace
} // namespace vitrine::server
