// The HTTP client against a real server on the loopback that does everything wrong that a server can.

#include <algorithm>
#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "http/http_client.hpp"
#include "servers/fault_proxy.hpp"
#include "servers/fault_server.hpp"
#include "servers/tls_server.hpp"

namespace vitrine {
namespace {

using test::FaultProxy;
using test::FaultServer;
using test::ScriptedAnswer;
using test::SeenRequest;
using testing::HasSubstr;
using testing::Not;

FaultServer answering(ScriptedAnswer answer) {
    return FaultServer([answer](const SeenRequest&) { return answer; });
}

Error error_of(HttpClient& client, const HttpRequest& request) {
    try {
        const auto response = client.send(request);
        ADD_FAILURE() << "it was answered with " << response.status;
    } catch (const Error& error) {
        return error;
    }
    return {ErrorCode::Internal, ""};
}

/// A port where nothing listens.
std::uint16_t closed_port() {
    return answering({}).port();
}

TEST(HttpClient, AnAnswerComesBackWholeWithItsHeaders) {
    const auto server = answering({.headers = {{"ETag", "\"a\""}, {"X-Two", "1"}, {"x-two", "2"}}, .body = "hello"});
    HttpClient client;
    const auto response = client.send({.url = server.url("/path?query=1")});
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "hello");
    EXPECT_EQ(response.header("etag"), "\"a\"");
    EXPECT_EQ(response.header("x-two"), "1, 2");
    EXPECT_EQ(response.header("x-three"), "");
    EXPECT_EQ(server.requests().at(0).target, "/path?query=1");
}

TEST(HttpClient, EveryMethodArrivesWithItsBodyAndHeadersAndNothingUnasked) {
    const auto server = answering({});
    HttpClient client;
    const std::string body("{\"a\":\0 1}", 9);
    for (const auto method : {HttpMethod::Get, HttpMethod::Put, HttpMethod::Post, HttpMethod::Delete}) {
        HttpRequest request{
            .method = method, .url = server.url("/x"), .headers = {{"X-Key", "value"}, {"X-Empty", ""}}};
        if (method != HttpMethod::Get) request.body = body;
        static_cast<void>(client.send(request));
        const auto seen = server.requests().back();
        EXPECT_EQ(seen.method, to_string(method));
        EXPECT_EQ(seen.body, method == HttpMethod::Get ? "" : body);
        EXPECT_EQ(seen.headers.at("x-key"), "value");
        EXPECT_EQ(seen.headers.at("x-empty"), "");
        EXPECT_FALSE(seen.headers.contains("content-type"));
        EXPECT_FALSE(seen.headers.contains("expect"));
    }
    static_cast<void>(client.send({.method = HttpMethod::Post, .url = server.url()}));
    EXPECT_EQ(server.requests().back().headers.at("content-length"), "0");
}

TEST(HttpClient, AHeadHasTheLengthAndNoBody) {
    const auto server = answering({.body = std::string(1'000, 'x')});
    HttpClient client;
    const auto response =
        client.send({.method = HttpMethod::Head, .url = server.url(), .limits = {.response_bytes = 1}});
    EXPECT_EQ(response.header("content-length"), "1000");
    EXPECT_EQ(response.body, "");
}

TEST(HttpClient, OneConnectionServesManyRequests) {
    const auto server = answering({.body = "x"});
    HttpClient client;
    for (int i = 0; i < 20; ++i) static_cast<void>(client.send({.url = server.url()}));
    EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, ThreadsShareItAndAsManyConnectionsAsWereBusyAtOnce) {
    const auto server = answering({.body = std::string(100'000, 'x')});
    HttpClient client;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&] {
                for (int k = 0; k < 20; ++k) EXPECT_EQ(client.send({.url = server.url()}).body.size(), 100'000U);
            });
        }
    }
    EXPECT_EQ(server.requests().size(), 160U);
    EXPECT_LE(server.connections(), 8);
}

TEST(HttpClient, NoMoreConnectionsAreKeptThanAllowed) {
    const auto server = answering({});
    HttpClient client(0);
    for (int i = 0; i < 3; ++i) static_cast<void>(client.send({.url = server.url()}));
    EXPECT_EQ(server.connections(), 3);
}

TEST(HttpClient, AKeptConnectionThatTheServerClosedIsOpenedAnew) {
    const auto server = answering({.body = "x", .close_silently = true});
    HttpClient client;
    const std::string body = "again";
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(client.send({.method = HttpMethod::Post, .url = server.url(), .body = body}).body, "x");
    }
    EXPECT_EQ(server.requests().size(), 5U);
    EXPECT_EQ(server.requests().back().body, body);
}

TEST(HttpClient, ABodyIsStreamedFromItsSourceAndAnAnswerIntoItsSink) {
    const FaultServer server([](const SeenRequest& seen) { return ScriptedAnswer{.body = seen.body}; });
    HttpClient client;
    constexpr std::uint64_t bytes = 5'000'000;
    std::uint64_t given = 0;
    std::uint64_t taken = 0;
    HttpBodySource source{.bytes = bytes, .read = {}, .rewind = [&] { given = 0; }};
    source.read = [&](std::span<char> room) {
        const auto count = std::min<std::uint64_t>(room.size(), bytes - given);
        for (std::uint64_t i = 0; i < count; ++i) room[i] = static_cast<char>((given + i) % 251);
        given += count;
        return count;
    };
    const auto response = client.send(
        {.method = HttpMethod::Put, .url = server.url(), .body = source, .sink = [&](std::string_view piece) {
             for (const char c : piece) EXPECT_EQ(c, static_cast<char>(taken++ % 251));
         }});
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(taken, bytes);
    EXPECT_EQ(server.requests().at(0).headers.at("content-length"), "5000000");
}

TEST(HttpClient, WhatASinkOrASourceThrowsComesOut) {
    const auto server = answering({.body = "x"});
    HttpClient client;
    EXPECT_THROW(static_cast<void>(client.send(
                     {.url = server.url(), .sink = [](std::string_view) { throw std::out_of_range("full"); }})),
                 std::out_of_range);
    HttpBodySource source{.bytes = 10,
                          .read = [](std::span<char>) -> std::size_t { throw std::out_of_range("empty"); }};
    EXPECT_THROW(static_cast<void>(client.send({.method = HttpMethod::Put, .url = server.url(), .body = source})),
                 std::out_of_range);
}

TEST(HttpClient, ASourceThatEndsEarlyIsAFailureAndNotAHang) {
    const auto server = answering({});
    HttpClient client;
    bool given = false;
    HttpBodySource source{.bytes = 10, .read = {}, .rewind = [&] { given = false; }};
    source.read = [&](std::span<char> room) -> std::size_t {
        if (std::exchange(given, true)) return 0;
        room[0] = 'x';
        return 1;
    };
    HttpRequest request{.method = HttpMethod::Put, .url = server.url(), .body = source};
    request.limits.stall = Milliseconds(2'000);
    EXPECT_TRUE(error_of(client, request).retryable());
}

TEST(HttpClient, AnErrorsAnswerIsAnAnswer) {
    const auto server = answering({.status = 429, .headers = {{"Retry-After", "3"}}, .body = "slow down"});
    HttpClient client;
    bool sunk = false;
    const auto response = client.send({.url = server.url(), .sink = [&](std::string_view) { sunk = true; }});
    EXPECT_EQ(response.status, 429);
    EXPECT_EQ(response.body, "slow down");
    EXPECT_EQ(response.header("retry-after"), "3");
    EXPECT_FALSE(sunk);
}

TEST(HttpClient, OfAnErrorsHugePageOnlyTheFrontIsRead) {
    const auto server = answering({.status = 500, .body = std::string(30'000'000, 'x')});
    HttpClient client;
    const auto response = client.send({.url = server.url(), .limits = {.response_bytes = 1'000}});
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(response.body.size(), 64U << 10);
}

TEST(HttpClient, AnAnswerOverTheLimitIsRefusedBeforeItsFirstByte) {
    const auto server = answering({.body = "x", .announced_bytes = 1ULL << 50});
    HttpClient client;
    bool sunk = false;
    const auto error = error_of(client, {.url = server.url("/big"), .sink = [&](std::string_view) { sunk = true; }});
    EXPECT_EQ(error.code(), ErrorCode::TooLarge);
    EXPECT_THAT(error.what(), HasSubstr("/big: the answer is over 16777216 bytes"));
    EXPECT_FALSE(sunk);
}

TEST(HttpClient, AnAnswerThatDoesNotSayItsLengthIsStoppedAtTheLimit) {
    const auto server = answering({.body = std::string(3'000'000, 'x'), .chunked = true, .drip_bytes = 100'000});
    HttpClient client;
    std::size_t taken = 0;
    HttpRequest request{.url = server.url(), .sink = [&](std::string_view piece) { taken += piece.size(); }};
    request.limits.response_bytes = 1'000'000;
    EXPECT_EQ(error_of(client, request).code(), ErrorCode::TooLarge);
    EXPECT_LE(taken, 1'000'000U);
}

TEST(HttpClient, HeadersWithoutEndAreRefused) {
    ScriptedAnswer answer;
    for (int i = 0; i < 3'000; ++i) answer.headers.emplace_back("X-Filler", std::string(100, 'x'));
    const auto server = answering(answer);
    HttpClient client;
    const auto code = error_of(client, {.url = server.url()}).code();
    EXPECT_TRUE(code == ErrorCode::TooLarge || code == ErrorCode::Unavailable);
}

TEST(HttpClient, ATruncatedAnswerIsNeverTakenForAWholeOne) {
    HttpClient client;
    for (const bool chunked : {false, true}) {
        const auto server = answering({.body = "a whole answer", .chunked = chunked, .cut_after = 5});
        const auto error = error_of(client, {.url = server.url("/cut")});
        EXPECT_EQ(error.code(), ErrorCode::Unavailable);
        EXPECT_THAT(error.what(), HasSubstr("/cut: the connection was cut before the answer was whole"));
    }
}

TEST(HttpClient, AConnectionCutWithoutAnAnswerMayBeTriedAgain) {
    HttpClient client;
    for (const std::string raw : {"", "HTTP/1.1 200 OK\r\nContent-Le"}) {
        const auto server = answering({.raw = raw});
        EXPECT_TRUE(error_of(client, {.url = server.url()}).retryable()) << raw;
    }
}

TEST(HttpClient, WhatDoesNotSpeakHttpIsSaidPlainly) {
    const auto server = answering({.raw = "SSH-2.0-OpenSSH_9.2\r\nnoise and more noise\r\n"});
    HttpClient client;
    EXPECT_THAT(error_of(client, {.url = server.url()}).what(), HasSubstr("does not speak HTTP; check the URL"));
}

TEST(HttpClient, NobodyListeningIsUnavailableAndNamed) {
    HttpClient client;
    const auto port = closed_port();
    const auto error = error_of(client, {.url = "http://127.0.0.1:" + std::to_string(port) + "/a?token=hidden"});
    EXPECT_EQ(error.code(), ErrorCode::Unavailable);
    EXPECT_THAT(error.what(), HasSubstr("GET 127.0.0.1:" + std::to_string(port) + "/a: no connection could be made"));
    EXPECT_THAT(error.what(), Not(HasSubstr("hidden")));
}

TEST(HttpClient, AnUnknownHostIsUnavailableAndNamed) {
    HttpClient client;
    const auto error = error_of(client, {.url = "http://no-such-host.invalid/"});
    EXPECT_EQ(error.code(), ErrorCode::Unavailable);
    EXPECT_THAT(error.what(), HasSubstr("no-such-host.invalid/: the host's name is not known"));
}

TEST(HttpClient, AHangEndsAtTheDeadline) {
    const auto server = answering({.hang = true});
    HttpClient client;
    HttpRequest request{.url = server.url()};
    request.limits.deadline = Milliseconds(100);
    const auto error = error_of(client, request);
    EXPECT_EQ(error.code(), ErrorCode::TimedOut);
    EXPECT_THAT(error.what(), HasSubstr("did not answer in time"));
}

TEST(HttpClient, AStallEndsAtItsOwnLimit) {
    const auto server = answering({.hang = true});
    HttpClient client;
    HttpRequest request{.url = server.url()};
    request.limits.deadline = Milliseconds(0);
    request.limits.stall = Milliseconds(100);
    const auto error = error_of(client, request);
    EXPECT_EQ(error.code(), ErrorCode::TimedOut);
    EXPECT_THAT(error.what(), HasSubstr("not a byte came from the server in 100 ms"));
}

TEST(HttpClient, ASlowDripIsNoStall) {
    const auto server =
        answering({.body = std::string(200, 'x'), .drip_bytes = 1, .drip_pause = Milliseconds(10)}); // 2 s in all
    HttpClient client;
    HttpRequest request{.url = server.url()};
    request.limits.stall = Milliseconds(1'500);
    EXPECT_EQ(client.send(request).body.size(), 200U);
}

TEST(HttpClient, ASlowDripEndsAtTheDeadline) {
    const auto server = answering({.body = std::string(100'000, 'x'), .drip_bytes = 1, .drip_pause = Milliseconds(10)});
    HttpClient client;
    HttpRequest request{.url = server.url()};
    request.limits.deadline = Milliseconds(200);
    EXPECT_EQ(error_of(client, request).code(), ErrorCode::TimedOut);
}

TEST(HttpClient, AStopEndsATransferThatWouldHangForEver) {
    const auto server = answering({.hang = true});
    HttpClient client;
    std::stop_source stop;
    const std::jthread stopper([&] {
        server.wait_for_requests(1);
        stop.request_stop();
    });
    HttpRequest request{.url = server.url(), .stop = stop.get_token()};
    request.limits = {.deadline = Milliseconds(0), .connect = Milliseconds(0), .stall = Milliseconds(0)};
    EXPECT_EQ(error_of(client, request).code(), ErrorCode::Cancelled);
}

TEST(HttpClient, AStopBeforehandSendsNothing) {
    const auto server = answering({});
    HttpClient client;
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(error_of(client, {.url = server.url(), .stop = stop.get_token()}).code(), ErrorCode::Cancelled);
    EXPECT_EQ(server.requests().size(), 0U);
}

TEST(HttpClient, ItGoesOnAfterEveryFailure) {
    std::atomic<int> count = 0;
    const FaultServer server([&](const SeenRequest&) {
        switch (count++ % 4) {
        case 0: return ScriptedAnswer{.body = "whole", .cut_after = 2};
        case 1: return ScriptedAnswer{.body = "x", .announced_bytes = 1ULL << 50};
        case 2: return ScriptedAnswer{.hang = true};
        default: return ScriptedAnswer{.body = "whole"};
        }
    });
    HttpClient client;
    for (int i = 0; i < 12; ++i) {
        HttpRequest request{.url = server.url()};
        request.limits.stall = Milliseconds(200);
        if (i % 4 == 3)
            EXPECT_EQ(client.send(request).body, "whole");
        else
            static_cast<void>(error_of(client, request));
    }
}

TEST(HttpClient, ARedirectionIsAnAnswerUnlessAsked) {
    const FaultServer server([](const SeenRequest& seen) {
        if (seen.target == "/new") return ScriptedAnswer{.body = "here"};
        return ScriptedAnswer{.status = 302, .headers = {{"Location", "/new"}}};
    });
    HttpClient client;
    EXPECT_EQ(client.send({.url = server.url("/old")}).status, 302);
    EXPECT_EQ(client.send({.url = server.url("/old"), .redirects_max = 3}).body, "here");
}

TEST(HttpClient, ARedirectionLeadsToNoOtherProtocolAndNotInCircles) {
    const FaultServer server([](const SeenRequest& seen) {
        const std::string to = seen.target == "/file" ? "file:///etc/passwd" : seen.target;
        return ScriptedAnswer{.status = 302, .headers = {{"Location", to}}};
    });
    HttpClient client;
    for (const auto* path : {"/file", "/circle"}) {
        EXPECT_EQ(error_of(client, {.url = server.url(path), .redirects_max = 3}).code(), ErrorCode::Unavailable);
    }
}

TEST(HttpClient, AnotherProtocolIsNeverSpoken) {
    HttpClient client;
    for (const auto* url : {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "nonsense:"}) {
        EXPECT_EQ(error_of(client, {.url = url}).code(), ErrorCode::Configuration) << url;
    }
}

TEST(HttpClient, NoHeaderCanSmuggleAnother) {
    const auto server = answering({});
    HttpClient client;
    for (const auto& value : {std::string("a\r\nX-Evil: 1"), std::string("a\nb"), std::string("a\0b", 3)}) {
        const auto error = error_of(client, {.url = server.url(), .headers = {{"Authorization", value}}});
        EXPECT_EQ(error.code(), ErrorCode::Configuration);
    }
    EXPECT_EQ(error_of(client, {.url = server.url(), .headers = {{"A: b\r\nC", "d"}}}).code(),
              ErrorCode::Configuration);
    EXPECT_EQ(server.requests().size(), 0U);
}

TEST(HttpClient, ACertificateThatNobodySignedIsRefusedBeforeAWordIsSaid) {
    const test::TlsServer server;
    HttpClient client;
    const auto error = error_of(client, {.url = server.url(), .headers = {{"Authorization", "Bearer hidden"}}});
    EXPECT_EQ(error.code(), ErrorCode::Configuration);
    EXPECT_THAT(error.what(), HasSubstr("certificate is not trusted"));
    EXPECT_EQ(server.answered(), 0);
}

TEST(HttpClient, TlsWhereThereIsNoneIsSaidPlainly) {
    const auto server = answering({});
    HttpClient client;
    const auto error = error_of(client, {.url = "https://127.0.0.1:" + std::to_string(server.port())});
    EXPECT_EQ(error.code(), ErrorCode::Configuration) << error.what();
    EXPECT_THAT(error.what(), HasSubstr("check that the URL should start with https"));
}

TEST(HttpClient, AProxiedServerIsLostAndFoundAgain) {
    const auto server = answering({.body = "here"});
    FaultProxy proxy(server.port());
    HttpClient client;
    HttpRequest request{.url = proxy.url()};
    EXPECT_EQ(client.send(request).body, "here");

    proxy.cut();
    EXPECT_EQ(error_of(client, request).code(), ErrorCode::Unavailable);
    proxy.restore();
    EXPECT_EQ(client.send(request).body, "here");

    proxy.drop_connections();
    EXPECT_EQ(client.send(request).body, "here");

    proxy.freeze();
    request.limits.stall = Milliseconds(200);
    EXPECT_EQ(error_of(client, request).code(), ErrorCode::TimedOut);
    proxy.restore();
    EXPECT_EQ(client.send(request).body, "here");

    proxy.drop_connections();
    proxy.cut_answers_after(20);
    EXPECT_EQ(error_of(client, request).code(), ErrorCode::Unavailable);
    proxy.restore();
    proxy.drop_connections();
    proxy.delay(Milliseconds(10));
    EXPECT_EQ(client.send(request).body, "here");
}

} // namespace
} // namespace vitrine
