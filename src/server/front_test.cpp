#include "server/front.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

namespace vitrine::server {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

std::vector<Route> some_routes() {
    const auto fine = [](const Request&) -> Reply { return Response{}; };
    return {{.method = "GET", .pattern = "/open", .scope = Scope::Open, .handler = fine},
            {.method = "GET", .pattern = "/things/{id}", .scope = Scope::Read, .handler = fine},
            {.method = "POST", .pattern = "/things", .scope = Scope::Write, .body = Body::Json, .handler = fine},
            {.method = "POST", .pattern = "/pictures", .scope = Scope::Write, .body = Body::Upload, .handler = fine},
            {.method = "POST", .pattern = "/sweep", .scope = Scope::Admin, .handler = fine}};
}

Front front_of(const Config::Server& server, bool is_local = true) {
    return Front(server, is_local, Router(some_routes()));
}

Request asking(std::string method, std::string target, std::map<std::string, std::string, std::less<>> headers = {}) {
    return {.method = std::move(method),
            .target = std::move(target),
            .headers = std::move(headers),
            .address = "192.0.2.7"};
}

int status_of(Front& front, Request request, std::optional<std::uint64_t> body_bytes = {}) {
    const auto admitted = front.admit(std::move(request), body_bytes);
    const auto* const refused = std::get_if<Response>(&admitted);
    return refused != nullptr ? refused->status : 200;
}

TEST(Front, HandsOnWhatStandsInTheAddress) {
    auto front = front_of({});
    const auto admitted =
        std::get<Front::Admitted>(front.admit(asking("GET", "/things/a%2Fb?x=1", {{"idempotency-key", "k"}}), {}));
    EXPECT_EQ(admitted.route->pattern, "/things/{id}");
    EXPECT_THAT(admitted.request.captured, testing::ElementsAre("a/b"));
    EXPECT_THAT(admitted.request.query, Contains(Pair("x", "1")));
    EXPECT_EQ(admitted.request.request_key, "k");
}

TEST(Front, TellsUnknownAddressesFromUnknownMethods) {
    auto front = front_of({});
    EXPECT_EQ(status_of(front, asking("GET", "/nothing")), 404);
    EXPECT_EQ(status_of(front, asking("DELETE", "/things")), 405);
    EXPECT_EQ(status_of(front, asking("GET", "/%zz")), 400);
    const auto other = std::get<Response>(front.admit(asking("BREW", "/things"), {}));
    EXPECT_THAT(other.headers, Contains(Pair("Allow", "POST")));
    EXPECT_EQ(status_of(front, asking("OPTIONS", "/things")), 204);
}

TEST(Front, RefusesABodyByWhatItsHeadSays) {
    auto front = front_of({.max_upload_bytes = 1000});
    EXPECT_EQ(status_of(front, asking("POST", "/things"), 1 << 20), 200);
    EXPECT_EQ(status_of(front, asking("POST", "/things"), (1 << 20) + 1), 413);
    EXPECT_EQ(status_of(front, asking("POST", "/pictures"), 100'000), 413);
    EXPECT_EQ(status_of(front, asking("GET", "/open"), 1 << 20), 413);
}

TEST(Front, AsksForAKeyAndItsScope) {
    auto front = front_of({.api_keys = {"read:look", "write:change", "admin:all"}});
    const auto with = [](const char* key) {
        return std::map<std::string, std::string, std::less<>>{{"authorization", key}};
    };
    EXPECT_EQ(status_of(front, asking("GET", "/open")), 200);
    EXPECT_EQ(status_of(front, asking("GET", "/things/1")), 401);
    EXPECT_EQ(status_of(front, asking("GET", "/things/1", with("Bearer wrong"))), 401);
    EXPECT_EQ(status_of(front, asking("GET", "/things/1", with("Basic bG9vaw=="))), 401);
    EXPECT_EQ(status_of(front, asking("GET", "/things/1", with("Bearer "))), 401);
    EXPECT_EQ(status_of(front, asking("GET", "/things/1", with("bearer look"))), 200);
    EXPECT_EQ(status_of(front, asking("POST", "/things", with("Bearer look"))), 403);
    EXPECT_EQ(status_of(front, asking("POST", "/things", with("Bearer change"))), 200);
    EXPECT_EQ(status_of(front, asking("POST", "/sweep", with("Bearer change"))), 403);
    EXPECT_EQ(status_of(front, asking("POST", "/sweep", with("Bearer all"))), 200);
    const auto refused = std::get<Response>(front.admit(asking("GET", "/things/1"), {}));
    EXPECT_THAT(refused.headers, Contains(Pair("WWW-Authenticate", "Bearer")));
}

TEST(Front, SlowsDownWhoTriesKeys) {
    auto front = front_of({.api_keys = {"read:look"}});
    const auto with = [](const std::string& key) {
        return asking("GET", "/things/1", {{"authorization", "Bearer " + key}});
    };
    EXPECT_EQ(status_of(front, with("look")), 200);
    int refused = 0;
    for (int i = 0; i < 30; ++i) refused += status_of(front, with("guess" + std::to_string(i))) == 429 ? 1 : 0;
    EXPECT_GE(refused, 18) << "some ten are answered with 401";
    const auto answer = std::get<Response>(front.admit(with("guess"), {}));
    EXPECT_EQ(answer.status, 429);
    EXPECT_THAT(answer.headers, Contains(Pair("Retry-After", testing::_)));
    EXPECT_EQ(status_of(front, with("look")), 200) << "it was right from this address before";
    auto elsewhere = with("look");
    elsewhere.address = "192.0.2.8";
    EXPECT_EQ(status_of(front, std::move(elsewhere)), 200);
    EXPECT_EQ(status_of(front, asking("GET", "/open")), 200);
}

TEST(Front, SlowsDownWhoAsksTooOften) {
    auto front = front_of({.requests_per_second = 0.001, .burst = 2});
    EXPECT_EQ(status_of(front, asking("GET", "/open")), 200);
    EXPECT_EQ(status_of(front, asking("GET", "/open")), 200);
    const auto refused = std::get<Response>(front.admit(asking("GET", "/open"), {}));
    EXPECT_EQ(refused.status, 429);
    EXPECT_THAT(refused.headers, Contains(Pair("Retry-After", Not(HasSubstr("0.")))));
    auto other = asking("GET", "/open");
    other.address = "192.0.2.8";
    EXPECT_EQ(status_of(front, std::move(other)), 200);
}

TEST(Front, LetsNoOtherSitesPageChangeAnything) {
    auto front = front_of({.cors_origins = {"https://shop.example"}});
    const auto from = [](const char* origin) {
        return asking("POST", "/things", {{"host", "127.0.0.1:8080"}, {"origin", origin}});
    };
    EXPECT_EQ(status_of(front, from("http://127.0.0.1:8080")), 200);
    EXPECT_EQ(status_of(front, from("https://shop.example")), 200);
    EXPECT_EQ(status_of(front, from("https://evil.example")), 403);
    EXPECT_EQ(status_of(front, from("null")), 403);
}

TEST(Front, OfThisMachineAnswersToNoOtherName) {
    auto local = front_of({});
    EXPECT_EQ(status_of(local, asking("GET", "/open", {{"host", "localhost:8080"}})), 200);
    EXPECT_EQ(status_of(local, asking("GET", "/open", {{"host", "[::1]:8080"}})), 200);
    EXPECT_EQ(status_of(local, asking("GET", "/open", {{"host", "rebound.example:8080"}})), 403);
    auto with_keys = front_of({.api_keys = {"all"}});
    EXPECT_EQ(status_of(with_keys, asking("GET", "/open", {{"host", "shop.example"}})), 200);
}

TEST(Front, TellsOnlyConfiguredOriginsThatTheyMayRead) {
    auto front = front_of({.cors_origins = {"https://shop.example"}});
    Response answer;
    front.add_common_headers(asking("GET", "/open", {{"origin", "https://shop.example"}}), answer);
    EXPECT_THAT(answer.headers, Contains(Pair("Access-Control-Allow-Origin", "https://shop.example")));
    Response other;
    front.add_common_headers(asking("GET", "/open", {{"origin", "https://evil.example"}}), other);
    EXPECT_THAT(other.headers, Not(Contains(Pair("Access-Control-Allow-Origin", testing::_))));
    auto closed = front_of({});
    Response by_default;
    closed.add_common_headers(asking("GET", "/open", {{"origin", "https://shop.example"}}), by_default);
    EXPECT_THAT(by_default.headers, Not(Contains(Pair("Access-Control-Allow-Origin", testing::_))));
}

TEST(Front, TurnsWhatAHandlerThrowsIntoAProblem) {
    const Route failing{.method = "GET", .pattern = "/x", .handler = [](const Request&) -> Reply {
                            throw Error(ErrorCode::Conflict, "It is so.");
                        }};
    const auto front = front_of({});
    const auto refused = std::get<Response>(front.handle(failing, {}));
    EXPECT_EQ(refused.status, 409);
    EXPECT_THAT(refused.body, HasSubstr("\"code\":\"conflict\""));
    const Route broken{.method = "GET", .pattern = "/x", .handler = [](const Request&) -> Reply {
                           throw std::runtime_error("secret path /etc/x");
                       }};
    const auto fault = std::get<Response>(front.handle(broken, {}));
    EXPECT_EQ(fault.status, 500);
    EXPECT_THAT(fault.body, Not(HasSubstr("secret")));
}

} // namespace
} // namespace vitrine::server
