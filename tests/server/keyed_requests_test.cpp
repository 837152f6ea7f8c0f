// Idempotency-Key over real HTTP.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "served_shop.hpp"

namespace vitrine {
namespace {

using nlohmann::json;
using test::drawing;
using test::ServedShop;

const auto body = R"({"id":"1","name":"Thing"})";

test::RawHeaders with_key(const std::string& key) {
    return {{"Idempotency-Key", key}};
}

TEST(IdempotencyKeys, GiveTheSameAnswerAgainAlsoAfterARestart) {
    ServedShop shop;
    const auto first = shop.ask("POST", "/v1/products", body, with_key("a"));
    EXPECT_EQ(first.status, 201) << first.body;
    EXPECT_FALSE(first.headers.contains("idempotency-replayed"));
    shop.engine().remove_product("1");
    const auto again = shop.ask("POST", "/v1/products", body, with_key("a"));
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(again.headers.at("location"), first.headers.at("location"));
    EXPECT_EQ(again.headers.at("idempotency-replayed"), "true");
    shop.restart();
    EXPECT_EQ(shop.ask("POST", "/v1/products", body, with_key("a")).body, first.body);
    EXPECT_EQ(shop.engine().counts().products, 0) << "it ran once";
}

TEST(IdempotencyKeys, AreRefusedForAnotherRequest) {
    const ServedShop shop;
    shop.expect(201, "POST", "/v1/products", body, with_key("a"));
    const auto other = shop.expect(422, "POST", "/v1/products", R"({"id":"2","name":"Thing"})", with_key("a"));
    EXPECT_EQ(other["code"], "idempotency_key_reused");
    shop.expect(422, "POST", "/v1/queries", drawing(1), with_key("a"));
    EXPECT_EQ(shop.engine().counts().products, 1);
}

TEST(IdempotencyKeys, OfAFormAreForTheSameContentsWhateverItsBoundary) {
    const ServedShop shop;
    shop.expect(201, "POST", "/v1/products", body);
    const auto send = [&](int status, const std::string& boundary, const std::string& picture) {
        auto headers = with_key("form");
        headers.emplace_back("Content-Type", "multipart/form-data; boundary=" + boundary);
        const auto form = "--" + boundary +
                          "\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n" +
                          "Content-Type: image/jpeg\r\n\r\n" + picture + "\r\n--" + boundary + "--\r\n";
        return shop.expect(status, "POST", "/v1/products/1/images", form, headers);
    };
    const auto first = send(202, "one", drawing(1));
    EXPECT_EQ(send(202, "another", drawing(1)), first);
    EXPECT_EQ(send(422, "one", drawing(2))["code"], "idempotency_key_reused");
    EXPECT_EQ(shop.engine().jobs({}).size(), 1U);
}

TEST(IdempotencyKeys, OfARefusedRequestMayBeUsedAgain) {
    const ServedShop shop;
    shop.expect(400, "POST", "/v1/products", R"({"id":"1"})", with_key("a"));
    shop.expect(201, "POST", "/v1/products", body, with_key("a"));
}

TEST(IdempotencyKeys, MakeOneJobOfAQueryThatIsSentAgain) {
    const ServedShop shop;
    const auto first = shop.expect(202, "POST", "/v1/queries?top=3", drawing(1), with_key("q"));
    auto waiting = with_key("q");
    waiting.emplace_back("Prefer", "wait=60");
    const auto again = shop.expect(200, "POST", "/v1/queries?top=3", drawing(1), waiting);
    EXPECT_EQ(again["job_id"], first["job"]["id"]);
    EXPECT_EQ(shop.engine().jobs({}).size(), 1U);
    shop.expect(422, "POST", "/v1/queries?top=4", drawing(1), with_key("q"));
}

TEST(IdempotencyKeys, OfDifferentCallersAreDifferent) {
    const ServedShop shop([](Config& config) { config.server.api_keys = {"write:one", "write:two"}; });
    auto headers = with_key("a");
    headers.emplace_back("Authorization", "Bearer one");
    EXPECT_EQ(shop.ask("POST", "/v1/products", body, headers).status, 201);
    headers.back().second = "Bearer two";
    const auto other = shop.ask("POST", "/v1/products", body, headers);
    EXPECT_EQ(other.status, 200) << "it ran, and replaced";
    EXPECT_FALSE(other.headers.contains("idempotency-replayed"));
}

TEST(IdempotencyKeys, ThatCannotBeOneAreRefused) {
    const ServedShop shop;
    for (const std::string& bad : {std::string(256, 'x'), std::string("a b"), std::string("\xc3\xa9")}) {
        shop.expect(400, "POST", "/v1/products", body, with_key(bad));
    }
}

} // namespace
} // namespace vitrine
