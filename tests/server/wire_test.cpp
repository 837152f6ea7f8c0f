// What clients do on the wire: well, badly, slowly and maliciously.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "core/content_hash.hpp"
#include "http/http_client.hpp"
#include "served_shop.hpp"
#include "server/http_server.hpp"

namespace vitrine {
namespace {

using test::drawing;
using test::RawConnection;
using test::ServedShop;
using testing::HasSubstr;

/// A server whose one route waits for nothing and says how long the body was.
class Wire {
public:
    explicit Wire(server::HttpServerOptions options = {}, Config::Server config = {})
        : front_(config, true, server::Router(routes())), server_(front_, std::move(options)) {
        server_.start();
    }

    [[nodiscard]] std::uint16_t port() const { return server_.port(); }
    [[nodiscard]] server::HttpServer& server() { return server_; }

private:
    static std::vector<server::Route> routes() {
        const auto length = [](const server::Request& request) -> server::Reply {
            return server::Response{.body = std::to_string(request.body.size())};
        };
        return {{.method = "POST", .pattern = "/length", .body = server::Body::Upload, .handler = length},
                {.method = "GET", .pattern = "/length", .handler = length},
                {.method = "POST",
                 .pattern = "/spooled",
                 .body = server::Body::Upload,
                 .spools_body = true,
                 .handler = [](const server::Request& request) -> server::Reply {
                     return server::Response{.body = sha256_hex(request.body_bytes())};
                 }}};
    }

    server::Front front_;
    server::HttpServer server_;
};

TEST(Wire, KeepsAConnectionForManyRequestsEvenPipelined) {
    const Wire wire;
    RawConnection connection(wire.port());
    for (int i = 0; i < 3; ++i) {
        connection.send("POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc");
        EXPECT_EQ(connection.read_answer().body, "3");
    }
    connection.send("GET /length HTTP/1.1\r\nHost: localhost\r\n\r\nGET /length HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(connection.read_answer().body, "0");
    EXPECT_EQ(connection.read_answer().body, "0");
}

TEST(Wire, ReadsChunkedBodiesAndAnswersHead) {
    const Wire wire;
    RawConnection connection(wire.port());
    connection.send("POST /length HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
    EXPECT_EQ(connection.read_answer().body, "7");
    connection.send("HEAD /length HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(connection.read_answer(true).headers.at("content-length"), "1");
    connection.send("GET /length HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(connection.read_answer().body, "0") << "a HEAD's answer had no body";
}

TEST(Wire, ReadsABodyThatATemporaryFileTakesWholeHoweverItComes) {
    const Wire wire({.spooled_piece_bytes = 1000}, {.max_upload_bytes = 1 << 20});
    RawConnection connection(wire.port());
    std::string body;
    for (int i = 0; i < 50'000; ++i) body += static_cast<char>(i * 7919);
    connection.send(
        fmt::format("POST /spooled HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", body.size()));
    connection.send(body.substr(0, 17));
    connection.send(body.substr(17));
    EXPECT_EQ(connection.read_answer().body, sha256_hex(body));
    connection.send("POST /spooled HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (std::size_t at = 0; at < body.size(); at += 2500) connection.send("9c4\r\n" + body.substr(at, 2500) + "\r\n");
    connection.send("0\r\n\r\n");
    EXPECT_EQ(connection.read_answer().body, sha256_hex(body)) << "and the connection serves on";
    connection.send("POST /spooled HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(connection.read_answer().body, sha256_hex(""));
}

TEST(Wire, RefusesATooLongBodyThatATemporaryFileTakesAsItComes) {
    const Wire wire({.bodies_bytes_max = 3000, .spooled_piece_bytes = 1000}, {.max_upload_bytes = 10'000});
    RawConnection told(wire.port());
    told.send("POST /spooled HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n");
    EXPECT_EQ(told.read_answer().status, 413);
    RawConnection untold(wire.port());
    untold.send("POST /spooled HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "1000\r\n" + std::string(0x1000, 'x') + "\r\n";
    for (int i = 0; i < 20 && untold.send(chunk); ++i) {
    }
    EXPECT_EQ(untold.read_answer().status, 413);
    // It takes little memory, so that others may come at the same time.
    RawConnection one(wire.port());
    one.send("POST /spooled HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n");
    EXPECT_EQ(test::ask(wire.port(), "POST", "/length", "abc").body, "3");
    {
        RawConnection gone(wire.port());
        gone.send("POST /spooled HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n" + std::string(5000, 'x'));
    }
    one.send(std::string(9000, 'x'));
    EXPECT_EQ(one.read_answer().body, sha256_hex(std::string(9000, 'x')));
}

TEST(Wire, SaysGoOnBeforeABodyAndRefusesBeforeItIsSent) {
    const Wire wire({}, {.max_upload_bytes = 1000});
    RawConnection asked(wire.port());
    asked.send("POST /length HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_THAT(asked.read_until("\r\n\r\n"), HasSubstr("100 Continue"));
    asked.send("abc");
    EXPECT_EQ(asked.read_answer().body, "3");

    RawConnection refused(wire.port());
    refused.send("POST /length HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 99999\r\n\r\n");
    EXPECT_EQ(refused.read_answer().status, 413);
    EXPECT_EQ(refused.read_rest(), "");
}

TEST(Wire, RefusesTooLongABodyWhetherItSaysSoOrNot) {
    const Wire wire({}, {.max_upload_bytes = 1000});
    const auto said = test::ask(wire.port(), "POST", "/length", std::string(5'000'000, 'x'));
    EXPECT_EQ(said.status, 413) << "the answer arrives although the client was still sending";
    RawConnection endless(wire.port());
    endless.send("POST /length HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "1000\r\n" + std::string(0x1000, 'x') + "\r\n";
    for (int i = 0; i < 10; ++i) endless.send(chunk);
    EXPECT_EQ(endless.read_answer().status, 413);
}

TEST(Wire, BoundsTheMemoryOfAllBodiesTogether) {
    const Wire wire({.bodies_bytes_max = 10'000});
    RawConnection first(wire.port());
    first.send("POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8000\r\n\r\n");
    // The second is judged after the first: one thread reads, in the order of coming.
    RawConnection second(wire.port());
    second.send("POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8000\r\n\r\n");
    const auto refused = second.read_answer();
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.headers.at("retry-after"), "1");
    first.send(std::string(8000, 'x'));
    EXPECT_EQ(first.read_answer().body, "8000");
    EXPECT_EQ(test::ask(wire.port(), "POST", "/length", std::string(8000, 'x')).body, "8000") << "its memory is free";
}

TEST(Wire, AnswersWhatIsNoHttpWithAProblem) {
    const Wire wire;
    for (const std::string& bad :
         {std::string("nonsense\r\n\r\n"), std::string("GET /length HTTP/9.9\r\n\r\n"),
          std::string("GET  HTTP/1.1\r\n\r\n"), std::string("GET /length HTTP/1.1\r\nbad header\r\n\r\n"),
          std::string("POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
          std::string(
              "POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"),
          std::string("POST /length HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
          std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)}) {
        RawConnection connection(wire.port());
        connection.send(bad);
        EXPECT_EQ(connection.read_answer().status, 400) << bad;
        EXPECT_EQ(connection.read_rest(), "") << "nothing follows on this connection";
    }
}

TEST(Wire, RefusesEndlessHeaders) {
    const Wire wire;
    RawConnection connection(wire.port());
    connection.send("GET /length HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
    EXPECT_EQ(connection.read_answer().status, 431);
}

TEST(Wire, CutsOffWhoSendsTooSlowly) {
    const Wire wire({.head_time = Milliseconds(50), .stall_time = Milliseconds(50)});
    RawConnection half_a_head(wire.port());
    half_a_head.send("GET /length HTTP/1.1\r\nHost:");
    EXPECT_EQ(half_a_head.read_rest(), "");
    RawConnection silent(wire.port());
    EXPECT_EQ(silent.read_rest(), "");
    RawConnection half_a_body(wire.port());
    half_a_body.send("POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab");
    EXPECT_EQ(half_a_body.read_rest(), "");
}

TEST(Wire, AnswersWhileFiveHundredConnectionsAreHalfOpen) {
    const Wire wire;
    std::vector<std::unique_ptr<RawConnection>> half_open;
    for (int i = 0; i < 500; ++i) {
        half_open.push_back(std::make_unique<RawConnection>(wire.port()));
        half_open.back()->send("POST /length HTTP/1.1\r\nHo");
    }
    EXPECT_EQ(test::ask(wire.port(), "GET", "/length").body, "0");
}

TEST(Wire, TakesAProxysWholeUrl) {
    const Wire wire;
    EXPECT_EQ(test::ask(wire.port(), "GET", "http://localhost/length").body, "0");
    EXPECT_EQ(test::ask(wire.port(), "GET", "http://localhost").status, 200) << "the page";
    EXPECT_EQ(test::ask(wire.port(), "OPTIONS", "*").status, 400);
}

TEST(Wire, TellsOfEveryExchangeButNotOfItsSecrets) {
    std::vector<server::Exchange> seen;
    {
        Wire wire({.ended = [&](const server::Exchange& exchange) { seen.push_back(exchange); }},
                  {.api_keys = {"admin:geheim"}});
        test::ask(wire.port(), "POST", "/length?q=private", "abc", {{"Authorization", "Bearer geheim"}});
        test::ask(wire.port(), "GET", "/nothing");
        wire.server().stop();
    }
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].path, "/length");
    EXPECT_EQ(seen[0].pattern, "/length");
    EXPECT_EQ(seen[0].status, 200);
    EXPECT_EQ(seen[0].bytes_in, 3U);
    EXPECT_THAT(seen[0].caller, testing::StartsWith("admin "));
    EXPECT_THAT(seen[0].caller, testing::Not(HasSubstr("geheim")));
    EXPECT_EQ(seen[1].status, 404);
}

TEST(Wire, OurOwnClientSpeaksWithIt) {
    const ServedShop shop;
    shop.engine().save_product({.external_id = "1", .name = "Thing"});
    HttpClient client;
    const auto picture = drawing(1, 1500); // large enough for curl to ask first: Expect: 100-continue
    const auto answer = client.send({.method = HttpMethod::Post,
                                     .url = shop.service().url() + "/v1/products/1/images",
                                     .headers = {{"Content-Type", "image/jpeg"}},
                                     .body = std::string_view(picture)});
    EXPECT_EQ(answer.status, 202) << answer.body;
}

TEST(Service, RefusesToListenToTheWorldWithoutAKey) {
    try {
        const ServedShop shop([](Config& config) { config.server.listen = "0.0.0.0:0"; });
        ADD_FAILURE() << "it listens";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Configuration);
        EXPECT_THAT(error.what(), HasSubstr("server.api_keys"));
    }
    const ServedShop with_key([](Config& config) {
        config.server.listen = "0.0.0.0:0";
        config.server.api_keys = {"read:look"};
    });
    EXPECT_EQ(with_key.ask("GET", "/v1/products").status, 401);
    EXPECT_EQ(with_key.ask("GET", "/v1/products", {}, {{"Authorization", "Bearer look"}}).status, 200);
    EXPECT_EQ(with_key.ask("DELETE", "/v1/products/1", {}, {{"Authorization", "Bearer look"}}).status, 403);
    EXPECT_EQ(with_key.ask("GET", "/healthz").status, 200);
}

TEST(Service, SaysWhenItsAddressIsTaken) {
    const ServedShop shop;
    const auto taken = shop.service().url().substr(7);
    try {
        const ServedShop second([&](Config& config) { config.server.listen = taken; });
        ADD_FAILURE() << "both listen";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Unavailable);
        EXPECT_THAT(error.what(), HasSubstr(taken));
    }
}

} // namespace
} // namespace vitrine
