#include "server/api_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "server/rate_limit.hpp"

namespace vitrine::server {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ApiKeys, GiveACallerTheScopeOfItsKey) {
    const ApiKeys keys({"read:look", "write:change", "admin:all", "lonely secret"});
    EXPECT_EQ(keys.caller_of("look")->scope, Scope::Read);
    EXPECT_EQ(keys.caller_of("change")->scope, Scope::Write);
    EXPECT_EQ(keys.caller_of("all")->scope, Scope::Admin);
    EXPECT_EQ(keys.caller_of("lonely secret")->scope, Scope::Admin);
    EXPECT_FALSE(keys.caller_of("read:look"));
    EXPECT_FALSE(keys.caller_of(""));
    EXPECT_FALSE(keys.caller_of("loo"));
}

TEST(ApiKeys, MayBeConfiguredAsHashes) {
    const ApiKeys keys({"read:sha256:" + sha256_hex("look")});
    EXPECT_EQ(keys.caller_of("look")->scope, Scope::Read);
    EXPECT_FALSE(keys.caller_of(sha256_hex("look")));
}

TEST(ApiKeys, NameCallersWithoutTheirSecrets) {
    const ApiKeys keys({"read:look"});
    EXPECT_THAT(keys.caller_of("look")->name, Not(HasSubstr("look")));
}

TEST(ApiKeys, ThatAreWrongAreRefusedByTheirPlaceAndNotShown) {
    for (const auto& bad :
         std::vector<std::string>{"", "read:", "admin:sha256:12ab", "write:sha256:" + std::string(64, 'g')}) {
        try {
            const ApiKeys keys({"read:fine", bad});
            ADD_FAILURE() << bad << " was taken";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::Configuration);
            EXPECT_THAT(error.what(), HasSubstr("Number 2 of server.api_keys"));
            EXPECT_THAT(error.what(), Not(HasSubstr("12ab")));
        }
    }
}

TEST(RateLimit, LetsABurstThroughThenSaysHowLongToWait) {
    RateLimit limit(2.0, 3);
    const Timestamp now{Milliseconds(1'000'000)};
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(limit.refuse("a", now));
    EXPECT_EQ(limit.refuse("a", now), Milliseconds(500));
    EXPECT_FALSE(limit.refuse("b", now)) << "another caller has a bucket of its own";
    EXPECT_FALSE(limit.refuse("a", now + Milliseconds(500)));
}

TEST(RateLimit, OfZeroIsNone) {
    RateLimit limit(0.0, 1);
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(limit.refuse("a", Timestamp{}));
}

TEST(RateLimit, ForgetsWhoHasAskedNothingForLong) {
    RateLimit limit(1.0, 1);
    const Timestamp now{Milliseconds(0)};
    for (int i = 0; i < 20'000; ++i) limit.refuse(std::to_string(i), now + Milliseconds(i));
    EXPECT_TRUE(limit.refuse("19999", now + Milliseconds(20'000))) << "it asked just now";
}

} // namespace
} // namespace vitrine::server
