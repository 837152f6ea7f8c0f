#include "client/server_problem.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vitrine {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ServerProblem, KeepsTheServersCodeAndSentence) {
    const auto problem = problem_from(R"({"type":"x","status":413,"code":"too_large","detail":"It is over a limit."})");
    ASSERT_TRUE(problem);
    const auto error = error_from(*problem, {.url = "http://h"});
    EXPECT_EQ(error.code(), ErrorCode::TooLarge);
    EXPECT_STREQ(error.what(), "It is over a limit.");
}

TEST(ServerProblem, IsNotReadFromAnythingElse) {
    for (const std::string body : {"", "<html>", "[]", "null", R"({"code":"x"})", R"({"detail":"x"})",
                                   R"({"code":1,"detail":"x"})", R"({"code":"x","detail":["x"]})"}) {
        EXPECT_FALSE(problem_from(body)) << body;
    }
    EXPECT_FALSE(problem_from(std::string(60'000, '[')));
    const auto longest = problem_from(R"({"code":"internal","detail":")" + std::string(50'000, 'a') + "\"}");
    ASSERT_TRUE(longest);
    EXPECT_LE(longest->detail.size(), 2000U);
}

TEST(ServerProblem, WithoutAKeySaysHowToGiveOneAndWithOneThatItIsNotKnown) {
    const ServerProblem problem{.code = "unauthorized", .detail = "Send an API key."};
    const auto without = error_from(problem, {.url = "http://h", .key_given = false});
    EXPECT_EQ(without.code(), ErrorCode::Configuration);
    EXPECT_THAT(without.what(), HasSubstr("needs an API key"));
    EXPECT_THAT(error_from(problem, {.url = "http://h", .key_given = true}).what(), HasSubstr("does not know"));
}

TEST(ServerProblem, OfARequestThatIsStillUnderWayIsWorthAnotherTry) {
    const ServerProblem problem{.code = "conflict", .detail = "It is still under way."};
    EXPECT_FALSE(error_from(problem, {.url = "http://h"}).retryable());
    const auto later = error_from(problem, {.url = "http://h", .retry_after = Milliseconds(1000)});
    EXPECT_TRUE(later.retryable());
    EXPECT_EQ(later.retry_after(), Milliseconds(1000));
}

TEST(ServerProblem, ThatNobodyKnowsIsOfTheServerNow) {
    EXPECT_EQ(error_from({.code = "new_kind", .detail = "New."}, {.url = "http://h"}).code(), ErrorCode::Unavailable);
    EXPECT_EQ(error_from({.code = "method_not_allowed", .detail = "Only GET."}, {.url = "http://h"}).code(),
              ErrorCode::Unsupported);
}

} // namespace
} // namespace vitrine
