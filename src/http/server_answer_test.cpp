#include "http/server_answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vitrine {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr Timestamp now{std::chrono::seconds(784'111'777)}; // Sun, 06 Nov 1994 08:49:37 GMT

const HttpRequest request{.url = "http://user:hidden@store:8000/api/v2?token=hidden"};
const ServerWords words{"The vector store", "vectors.url", "vectors.token"};

Error error_of(int status, const std::string& detail = "", const std::string& retry_after = "",
               const std::string& body = "") {
    HttpResponse response{.status = status, .body = body};
    if (!retry_after.empty()) response.headers["retry-after"] = retry_after;
    return status_error(request, response, words, detail, now);
}

TEST(ServerAnswer, AWrongKeyIsForThePersonToCheckAndNeverRetried) {
    for (const int status : {401, 403}) {
        const auto error = error_of(status);
        EXPECT_EQ(error.code(), ErrorCode::Configuration);
        EXPECT_FALSE(error.retryable());
        EXPECT_THAT(error.what(), HasSubstr("check vectors.token"));
        EXPECT_THAT(error.what(), HasSubstr("GET store:8000/api/v2"));
        EXPECT_THAT(error.what(), Not(HasSubstr("hidden")));
    }
}

TEST(ServerAnswer, WhatMayPassIsRetriedAndTheRestIsNot) {
    for (const int status : {408, 429, 500, 502, 503, 504, 599}) EXPECT_TRUE(error_of(status).retryable()) << status;
    for (const int status : {301, 302, 400, 401, 403, 404, 405, 409, 413, 415, 418, 422, 501, 505}) {
        EXPECT_FALSE(error_of(status).retryable()) << status;
    }
}

TEST(ServerAnswer, StatusesKeepTheirMeaning) {
    EXPECT_EQ(error_of(404).code(), ErrorCode::NotFound);
    EXPECT_EQ(error_of(429).code(), ErrorCode::RateLimited);
    EXPECT_EQ(error_of(504).code(), ErrorCode::TimedOut);
    EXPECT_EQ(error_of(409).code(), ErrorCode::Conflict);
    EXPECT_EQ(error_of(413).code(), ErrorCode::TooLarge);
    EXPECT_EQ(error_of(415).code(), ErrorCode::Unsupported);
    EXPECT_EQ(error_of(422).code(), ErrorCode::BadInput);
}

TEST(ServerAnswer, RetryAfterIsKeptWhereARetryMakesSense) {
    EXPECT_EQ(error_of(429, "", "3").retry_after(), Milliseconds(3'000));
    EXPECT_EQ(error_of(503, "", "Sun, 06 Nov 1994 08:49:47 GMT").retry_after(), Milliseconds(10'000));
    EXPECT_EQ(error_of(503, "", "presently").retry_after(), std::nullopt);
    EXPECT_EQ(error_of(404, "", "3").retry_after(), std::nullopt);
}

TEST(ServerAnswer, TheServersOwnWordsAreRepeatedShortAndPrintable) {
    EXPECT_THAT(error_of(500, "disk\x1b[31m\nfull.").what(), HasSubstr("with 500 (disk[31m full);"));
    EXPECT_LT(std::string(error_of(500, std::string(10'000, 'x')).what()).size(), 400U);
}

TEST(ServerAnswer, AWebPageIsCalledOneAndNotRepeated) {
    const auto error = error_of(502, "<html><body>Bad Gateway", "", "\n <HTML><body>Bad Gateway");
    EXPECT_THAT(error.what(), HasSubstr("(a web page)"));
    EXPECT_THAT(error.what(), Not(HasSubstr("Gateway")));
}

TEST(ServerAnswer, AWebPageIsKnownByItsTypeOrItsFirstBytes) {
    EXPECT_TRUE(is_web_page({.status = 200, .headers = {{"content-type", "text/html; charset=utf-8"}}, .body = "hi"}));
    EXPECT_TRUE(is_web_page({.status = 200, .body = "<!DOCTYPE html>"}));
    EXPECT_FALSE(is_web_page({.status = 200, .body = R"({"html":1})"}));
    EXPECT_FALSE(is_web_page({.status = 200, .body = "<?xml version=\"1.0\"?><ListBucketResult/>"}));
    EXPECT_FALSE(is_web_page({.status = 200}));
}

TEST(ServerAnswer, APageInPlaceOfJsonIsSaidInOneSentenceThatMayBeRetried) {
    const auto error = not_what_was_asked(request, {.status = 200, .body = "<html>log in"}, words, "JSON");
    EXPECT_TRUE(error.retryable());
    EXPECT_THAT(error.what(), HasSubstr("a web page instead of JSON; check vectors.url"));
}

} // namespace
} // namespace vitrine
