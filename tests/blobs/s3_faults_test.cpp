// The S3 store when the server, the network or the configuration is wrong: what may pass is tried again, the rest is
// said in one sentence that names the key to check.

#include <atomic>
#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "servers/fault_proxy.hpp"
#include "servers/fault_server.hpp"
#include "servers/s3_server.hpp"
#include "storage/blob_key.hpp"
#include "storage/s3_blob_store.hpp"

namespace vitrine {
namespace {

using test::FaultProxy;
using test::FaultServer;
using test::S3Server;
using test::ScriptedAnswer;
using test::SeenRequest;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string bytes = "a picture";
const std::string key = sha256_hex(bytes);

S3Options options_for(const std::string& endpoint, const std::string& store = "s3://shop/images") {
    S3Options options{.address = parse_s3_address(store, endpoint, S3Server::region),
                      .region = S3Server::region,
                      .access_key = S3Server::access_key,
                      .secret_key = S3Server::secret_key};
    options.limits.stall = Milliseconds(300);
    options.breaker.failures_max = 1'000; // but where it is looked at
    options.retries.backoff = {.initial = Milliseconds(1), .max = Milliseconds(10)};
    return options;
}

Error error_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), Not(HasSubstr(S3Server::secret_key)));
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
        return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {ErrorCode::Internal, ""};
}

/// The error of every call on a store with these options, which is expected to be of one kind.
Error error_of_every_call(const S3Options& options) {
    S3BlobStore store(options);
    const auto error = error_of([&] { static_cast<void>(store.get(key)); });
    for (const std::function<void()>& call : std::initializer_list<std::function<void()>>{
             [&] { store.put(key, bytes); },
             [&] { static_cast<void>(store.exists(key)); },
             [&] { store.remove(key); },
             [&] { store.list([](const std::string&, std::uint64_t) { return true; }); },
         }) {
        EXPECT_EQ(error_of(call).code(), error.code());
    }
    return error;
}

class S3WrongConfiguration : public testing::Test {
protected:
    S3Server server_;
};

TEST_F(S3WrongConfiguration, AWrongSecretIsRefusedByTheServerAndSaid) {
    auto options = options_for(server_.endpoint());
    options.secret_key = "wrong";
    const auto error = error_of_every_call(options);
    EXPECT_EQ(error.code(), ErrorCode::Configuration);
    EXPECT_THAT(error.what(), HasSubstr("check images.secret_key"));
}

TEST_F(S3WrongConfiguration, AnUnknownAccessKeyIsSaid) {
    auto options = options_for(server_.endpoint());
    options.access_key = "NOBODY";
    const auto error = error_of_every_call(options);
    EXPECT_EQ(error.code(), ErrorCode::Configuration);
    EXPECT_THAT(error.what(), HasSubstr("check images.access_key"));
}

TEST_F(S3WrongConfiguration, AnotherRegionIsSaid) {
    auto options = options_for(server_.endpoint());
    options.region = "us-east-1";
    const auto error = error_of_every_call(options);
    EXPECT_EQ(error.code(), ErrorCode::Configuration);
    EXPECT_THAT(error.what(), HasSubstr("check images.region"));
}

TEST_F(S3WrongConfiguration, ABucketThatIsNotThereIsSaid) {
    S3BlobStore store(options_for(server_.endpoint(), "s3://elsewhere/images"));
    for (const std::function<void()>& call : std::initializer_list<std::function<void()>>{
             [&] { store.put(key, bytes); },
             [&] { static_cast<void>(store.get(key)); },
             [&] { store.list([](const std::string&, std::uint64_t) { return true; }); },
         }) {
        const auto error = error_of(call);
        EXPECT_EQ(error.code(), ErrorCode::Configuration);
        EXPECT_THAT(error.what(), AllOf(HasSubstr("make the bucket or check images.store"), HasSubstr("elsewhere")));
    }
}

TEST_F(S3WrongConfiguration, AnEndpointWhereNobodyListensMayBeTriedLater) {
    auto options = options_for(server_.endpoint());
    server_.stop();
    const auto error = error_of_every_call(options);
    EXPECT_EQ(error.code(), ErrorCode::Unavailable);
    EXPECT_THAT(error.what(), HasSubstr("no connection could be made"));
}

/// An S3 server's good answers, for a script to spoil.
ScriptedAnswer good(const SeenRequest& seen) {
    ScriptedAnswer answer{.headers = {{"ETag", "\"x\""}}};
    if (seen.target.find("list-type=2") != std::string::npos) {
        answer.body = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
    } else if (seen.method == "GET" || seen.method == "HEAD") {
        answer.body = bytes;
    }
    return answer;
}

TEST(S3Faults, AWebPageInPlaceOfTheServerIsSaidAndNeverStored) {
    const FaultServer server([](const SeenRequest&) {
        return ScriptedAnswer{.headers = {{"Content-Type", "text/html"}}, .body = "<html>log in</html>"};
    });
    const auto error = error_of_every_call(options_for(server.url()));
    EXPECT_EQ(error.code(), ErrorCode::Unavailable);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("a web page instead of"), HasSubstr("check images.endpoint")));
}

TEST(S3Faults, JsonInPlaceOfAListIsSaid) {
    const FaultServer server([](const SeenRequest&) { return ScriptedAnswer{.body = R"({"objects":[]})"}; });
    S3BlobStore store(options_for(server.url()));
    const auto error = error_of([&] { store.list([](const std::string&, std::uint64_t) { return true; }); });
    EXPECT_EQ(error.code(), ErrorCode::Unavailable);
    EXPECT_THAT(error.what(), HasSubstr("instead of what an S3 server says"));
}

TEST(S3Faults, WhatPassesIsTriedAgainUntilItHasPassed) {
    const std::vector<ScriptedAnswer> faults{
        {.status = 500, .body = "<Error><Code>InternalError</Code></Error>"},
        {.status = 503, .body = "<Error><Code>SlowDown</Code></Error>"},
        {.status = 429},
        {.status = 400, .body = "<Error><Code>RequestTimeout</Code></Error>"},
        {.status = 200, .headers = {{"ETag", "\"x\""}}, .body = bytes, .cut_after = 4},
        {.hang = true},
        {.raw = ""},
        {.raw = "HTTP/1.1 200 OK\r\nContent-Le"},
    };
    for (std::size_t i = 0; i < faults.size(); ++i) {
        std::atomic<int> failures = 2;
        const FaultServer server([&](const SeenRequest& seen) {
            if (seen.method == "GET" && failures-- > 0) return faults[i];
            return good(seen);
        });
        S3BlobStore store(options_for(server.url()));
        EXPECT_EQ(store.get(key), bytes) << "fault " << i;
        EXPECT_EQ(server.requests().size(), 3U) << "fault " << i;
    }
}

TEST(S3Faults, WhatDoesNotPassEndsAfterSomeAttempts) {
    const FaultServer server([](const SeenRequest&) {
        return ScriptedAnswer{.status = 503, .body = "<Error><Code>SlowDown</Code></Error>"};
    });
    S3BlobStore store(options_for(server.url()));
    const auto error = error_of([&] { static_cast<void>(store.get(key)); });
    EXPECT_EQ(error.code(), ErrorCode::RateLimited);
    EXPECT_THAT(error.what(), HasSubstr("SlowDown; it asks to be called less often"));
    EXPECT_EQ(server.requests().size(), 3U);
}

TEST(S3Faults, ALongRetryAfterIsHandedOn) {
    const FaultServer server([](const SeenRequest&) {
        return ScriptedAnswer{.status = 503, .headers = {{"Retry-After", "30"}}};
    });
    S3BlobStore store(options_for(server.url()));
    const auto error = error_of([&] { static_cast<void>(store.get(key)); });
    EXPECT_EQ(error.retry_after(), Milliseconds(30'000));
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST(S3Faults, AHangEndsAndIsCalledOne) {
    const FaultServer server([](const SeenRequest&) { return ScriptedAnswer{.hang = true}; });
    auto options = options_for(server.url());
    options.retries.attempts_max = 2;
    EXPECT_EQ(error_of_every_call(options).code(), ErrorCode::TimedOut);
}

TEST(S3Faults, OtherBytesThanWereStoredAreNeverHandedOut) {
    for (const std::string other : {"another picture", "", "a picturf"}) {
        const FaultServer server([&](const SeenRequest&) {
            return ScriptedAnswer{.headers = {{"ETag", "\"x\""}}, .body = other};
        });
        S3BlobStore store(options_for(server.url()));
        const auto error = error_of([&] { static_cast<void>(store.get(key)); });
        EXPECT_EQ(error.code(), ErrorCode::Corrupted);
        EXPECT_THAT(error.what(), HasSubstr("s3://shop/images/" + blob_path(key)));
    }
}

TEST(S3Faults, AnObjectOverTheLimitIsNotRead) {
    const FaultServer server([](const SeenRequest&) {
        return ScriptedAnswer{.headers = {{"ETag", "\"x\""}}, .announced_bytes = 1ULL << 50};
    });
    S3BlobStore store(options_for(server.url()));
    EXPECT_EQ(error_of([&] { static_cast<void>(store.get(key)); }).code(), ErrorCode::TooLarge);
}

TEST(S3Faults, AListThatLeadsInACircleEnds) {
    const FaultServer server([](const SeenRequest&) {
        return ScriptedAnswer{.body = "<ListBucketResult><IsTruncated>true</IsTruncated>"
                                      "<NextContinuationToken>again</NextContinuationToken></ListBucketResult>"};
    });
    S3BlobStore store(options_for(server.url()));
    const auto error = error_of([&] { store.list([](const std::string&, std::uint64_t) { return true; }); });
    EXPECT_THAT(error.what(), HasSubstr("leads in a circle"));
}

TEST(S3Faults, AStopEndsTheWaitForAServerThatHangs) {
    const FaultServer server([](const SeenRequest&) { return ScriptedAnswer{.hang = true}; });
    std::stop_source stop;
    auto options = options_for(server.url());
    options.limits.stall = Milliseconds(0);
    options.retries.stop = stop.get_token();
    S3BlobStore store(options);
    const std::jthread stopper([&] {
        server.wait_for_requests(1);
        stop.request_stop();
    });
    EXPECT_EQ(error_of([&] { static_cast<void>(store.get(key)); }).code(), ErrorCode::Cancelled);
}

TEST(S3Faults, TheBytesAreSignedAndSentOnceAndNotAgainWhenTheyAreThere) {
    std::atomic<bool> there = false;
    const FaultServer server([&](const SeenRequest& seen) {
        if (seen.method == "PUT") there = true;
        if (seen.method == "HEAD" && !there) return ScriptedAnswer{.status = 404};
        return good(seen);
    });
    S3BlobStore store(options_for(server.url()));
    store.put(key, bytes);
    store.put(key, bytes);
    const auto seen = server.requests();
    ASSERT_EQ(seen.size(), 3U); // HEAD, PUT, HEAD
    EXPECT_EQ(seen[1].method, "PUT");
    EXPECT_EQ(seen[1].target, "/shop/images/" + blob_path(key));
    EXPECT_EQ(seen[1].body, bytes);
    EXPECT_EQ(seen[1].headers.at("x-amz-content-sha256"), key);
    EXPECT_THAT(seen[1].headers.at("authorization"), HasSubstr("/eu-central-1/s3/aws4_request"));
    EXPECT_EQ(server.connections(), 1);
}

S3Options with_breaker(const std::string& endpoint, Milliseconds pause) {
    auto options = options_for(endpoint);
    options.breaker = {.failures_max = 2, .pause = {.initial = pause, .max = pause}};
    return options;
}

TEST(S3Faults, NobodyWaitsForAServerThatIsKnownToBeDown) {
    const FaultServer server([](const SeenRequest&) { return ScriptedAnswer{.status = 500}; });
    S3BlobStore store(with_breaker(server.url(), Milliseconds(600'000)));
    const auto read = [&] { static_cast<void>(store.get(key)); };
    for (int i = 0; i < 2; ++i) EXPECT_THAT(error_of(read).what(), HasSubstr("with 500"));
    const auto asked = server.requests().size();
    const auto refused = error_of(read);
    EXPECT_THAT(refused.what(), HasSubstr("could not be reached a moment ago"));
    EXPECT_TRUE(refused.retry_after());
    EXPECT_EQ(server.requests().size(), asked);
}

TEST(S3Faults, AServerThatWasDownIsFoundAgain) {
    S3Server server;
    FaultProxy proxy(server.port());
    S3BlobStore store(with_breaker(proxy.url(), Milliseconds(20)));
    store.put(key, bytes);
    proxy.cut();
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(error_of([&] { static_cast<void>(store.get(key)); }).retryable());
    }
    proxy.restore();
    std::optional<std::string> found;
    while (!found) {
        try {
            found = store.get(key);
        } catch (const Error& error) {
            std::this_thread::sleep_for(error.retry_after().value_or(Milliseconds(1)));
        }
    }
    EXPECT_EQ(found, bytes);
}

TEST(S3Faults, ALostConnectionToARealServerIsMadeAgain) {
    S3Server server;
    FaultProxy proxy(server.port());
    S3BlobStore store(options_for(proxy.url()));
    store.put(key, bytes);
    proxy.drop_connections();
    EXPECT_EQ(store.get(key), bytes);

    proxy.cut();
    EXPECT_EQ(error_of([&] { static_cast<void>(store.get(key)); }).code(), ErrorCode::Unavailable);
    proxy.restore();
    EXPECT_EQ(store.get(key), bytes);
}

TEST(S3Faults, WhatWasStoredIsThereAfterTheServerWasKilled) {
    S3Server server;
    FaultProxy proxy(server.port());
    S3BlobStore store(options_for(proxy.url()));
    store.put(key, bytes);
    server.stop();
    EXPECT_TRUE(error_of([&] { static_cast<void>(store.get(key)); }).retryable());
    server.start();
    proxy.lead_to(server.port());
    EXPECT_EQ(store.get(key), bytes);
}

} // namespace
} // namespace vitrine
