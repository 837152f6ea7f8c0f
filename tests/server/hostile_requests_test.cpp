// Every route with odd methods, ids, parameters, headers, encodings and bodies: whatever comes, the answer is no fault
// of the server's, comes, and leaves the server as it was. The requests are the same at every run.

#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "served_shop.hpp"
#include "server/api.hpp"

namespace vitrine {
namespace {

using test::drawing;
using test::RawConnection;
using test::ServedShop;

/// Requests made of odd pieces.
class OddRequests {
public:
    /// The stream of every job's events has no end: it is left out.
    OddRequests(std::vector<server::Route> routes, unsigned seed) : routes_(std::move(routes)), random_(seed) {
        std::erase_if(routes_, [](const server::Route& route) { return route.pattern == "/v1/jobs/events"; });
    }

    /// The next one as it goes over the wire.
    std::string next() {
        const auto& route = routes_[below(routes_.size())];
        const auto method = below(4) == 0 ? pick(methods()) : route.method;
        std::string target;
        const auto pattern = route.pattern;
        for (std::size_t at = 0; at < pattern.size(); ++at) {
            if (pattern[at] != '{') {
                target += pattern[at];
                continue;
            }
            target += pick(ids());
            at = pattern.find('}', at);
        }
        if (below(2) == 0) target += pick(queries());
        std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n", method, target);
        for (std::size_t i = below(3); i > 0; --i) head += pick(headers());
        const auto body = below(3) == 0 ? std::string() : pick(bodies());
        if (below(8) == 0) {
            return head + fmt::format("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n", body.size(), body);
        }
        return head + fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
    }

private:
    static const std::vector<std::string>& methods() {
        static const std::vector<std::string> all{"GET",   "HEAD", "POST",    "PUT",      "PATCH", "DELETE",
                                                  "TRACE", "BREW", "OPTIONS", "PROPFIND", "get",   "X-Y"};
        return all;
    }
    static const std::vector<std::string>& ids() {
        static const std::vector<std::string> all{"1",
                                                  "2",
                                                  "0",
                                                  "-1",
                                                  "999999",
                                                  "9223372036854775807",
                                                  "9223372036854775808",
                                                  "1e3",
                                                  "a%2Fb",
                                                  "%00",
                                                  "%ff",
                                                  "%",
                                                  "..",
                                                  "%2e%2e%2f",
                                                  "%F0%9F%91%9F",
                                                  "'%20OR%201=1--",
                                                  "%22%3E",
                                                  std::string(300, 'x'),
                                                  "",
                                                  "none"};
        return all;
    }
    static const std::vector<std::string>& queries() {
        static const std::vector<std::string> all{"?",
                                                  "?limit=5",
                                                  "?limit=99999999999999999999",
                                                  "?cursor=1&limit=2",
                                                  "?cursor=%00",
                                                  "?q=%25%5F%5C",
                                                  "?q=thing&cursor=5.1&limit=1",
                                                  "?q=thing&attr.k=v&category=Things",
                                                  "?attr.=x",
                                                  "?attr.%1f=%1f",
                                                  "?beginning=%22&limit=3",
                                                  "?q=%ff",
                                                  "?q=" + std::string(5000, 'a'),
                                                  "?top=3&category=Things",
                                                  "?top=-1",
                                                  "?size=64",
                                                  "?size=0.5",
                                                  "?state=running&kind=query",
                                                  "?state=x",
                                                  "?box=0,0,50,50",
                                                  "?box=0,0,99999999,99999999",
                                                  "?min_score=NaN",
                                                  "?a=1&a=2",
                                                  "?&&&=&=="};
        return all;
    }
    static const std::vector<std::string>& headers() {
        static const std::vector<std::string> all{"Content-Type: application/json\r\n",
                                                  "Content-Type: multipart/form-data; boundary=b\r\n",
                                                  "Content-Type: multipart/form-data\r\n",
                                                  "Content-Type: \xff\xfe\r\n",
                                                  "Content-Encoding: gzip\r\n",
                                                  "Accept: text/html;q=0.1\r\n",
                                                  "Accept-Encoding: br\r\n",
                                                  "Prefer: wait=0\r\n",
                                                  "Prefer: wait=99999999999\r\n",
                                                  "Idempotency-Key: odd\r\n",
                                                  "Idempotency-Key: \xc3\xa9\r\n",
                                                  "If-None-Match: *\r\n",
                                                  "Last-Event-ID: 0\r\n",
                                                  "Last-Event-ID: -5\r\n",
                                                  "Range: bytes=0-1\r\n",
                                                  "Authorization: Bearer x\r\n",
                                                  "Origin: http://evil.example\r\n",
                                                  "Expect: 100-continue\r\n",
                                                  "Connection: upgrade\r\nUpgrade: h2c\r\n",
                                                  "X-Long: " + std::string(4000, 'y') + "\r\n"};
        return all;
    }
    static const std::vector<std::string>& bodies() {
        static const std::vector<std::string> all{drawing(1),
                                                  drawing(2).substr(0, 300),
                                                  R"({"id":"odd","name":"Odd"})",
                                                  R"({"id":"odd","name":"\ud800"})",
                                                  R"({"name":"Odd","attributes":{"a":null}})",
                                                  R"({"image_id":1})",
                                                  R"({"image_id":-9223372036854775808})",
                                                  R"({"category":"x","colors":["red"]})",
                                                  "{}",
                                                  "[]",
                                                  "null",
                                                  "{\"a\":" + std::string(5000, '['),
                                                  "--b\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\n" +
                                                      drawing(3) + "\r\n--b--\r\n",
                                                  "--b\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\n",
                                                  std::string(10, '\0'),
                                                  std::string("\x1f\x8b\x08\x00", 4),
                                                  "%PDF-1.7",
                                                  "product_id,name,description,category,image\n1,x,,,x.jpg\n",
                                                  std::string(100'000, 'z')};
        return all;
    }

    std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }
    const std::string& pick(const std::vector<std::string>& all) { return all[below(all.size())]; }

    std::vector<server::Route> routes_;
    std::mt19937 random_;
};

TEST(HostileRequests, NeverMakeTheServerFailOrHang) {
    const ServedShop shop([](Config& config) { config.jobs.workers = 1; });
    shop.add("1", 1);
    shop.add("a/b", 2);
    server::JobEvents events(shop.engine());
    OddRequests requests(server::api_routes({shop.engine(), events, {}}), 20'260'309);
    std::map<int, int> statuses;
    constexpr int requests_sent = 3'000;
    for (int i = 0; i < requests_sent; ++i) {
        const auto request = requests.next();
        RawConnection connection(shop.port());
        connection.send(request);
        auto answer = connection.read_answer(request.starts_with("HEAD "));
        if (answer.status == 100) answer = connection.read_answer(request.starts_with("HEAD "));
        ++statuses[answer.status];
        ASSERT_GE(answer.status, 200) << i << ": " << request.substr(0, 2000);
        ASSERT_LT(answer.status, 500) << i << ": " << request.substr(0, 2000) << "\n" << answer.body;
        if (answer.status >= 400 && !request.starts_with("HEAD ")) {
            ASSERT_EQ(answer.headers["content-type"], "application/problem+json") << request.substr(0, 2000);
        }
    }
    EXPECT_GT(statuses[200], requests_sent / 50) << "some of them are right";
    EXPECT_GT(statuses[400], requests_sent / 50);
    shop.expect(200, "GET", "/readyz");
}

TEST(HostileRequests, OfRandomBytesAreAnsweredOrCutOff) {
    const ServedShop shop;
    std::mt19937 random(7);
    const std::string start =
        "POST /v1/products HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n{\"id\":\"1\",\"name\":1}";
    for (int i = 0; i < 500; ++i) {
        auto bytes = start;
        for (int change = 0; change < 3; ++change) {
            bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
        }
        RawConnection connection(shop.port());
        connection.send(bytes);
        connection.send(std::string(200, '\n')); // so that no length makes it wait for more
        const auto answer = connection.read_answer();
        ASSERT_NE(answer.status, 500) << bytes;
        ASSERT_TRUE(answer.status == 0 || answer.status >= 200) << bytes;
    }
    shop.expect(200, "GET", "/readyz");
}

} // namespace
} // namespace vitrine
