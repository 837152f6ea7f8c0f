// The routes that a client of whole commands needs: a product with its picture in one step, waiting for a job, the
// change of models, and what a server says of itself.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "served_shop.hpp"

namespace vitrine {
namespace {

using test::drawing;
using test::ServedShop;
using testing::HasSubstr;

const test::RawHeaders form_type{{"Content-Type", "multipart/form-data; boundary=b"}};

std::string part(const std::string& name, const std::string& content) {
    return fmt::format("--b\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n", name, content);
}

std::string form(const std::string& product, const std::string& image) {
    return part("product", product) + part("image", image) + "--b--\r\n";
}

test::RawHeaders keyed(const std::string& key) {
    auto headers = form_type;
    headers.emplace_back("Idempotency-Key", key);
    return headers;
}

TEST(ProductForm, MakesTheProductAndIndexesItsPictureInOneStep) {
    const ServedShop shop;
    const auto body = form(R"({"name":"Thing","category":"Things","attributes":{"size":4}})", drawing(1));
    const auto accepted = shop.expect(202, "PUT", "/v1/products/A%2F1", body, form_type);
    EXPECT_EQ(accepted["product"]["id"], "A/1");
    EXPECT_EQ(accepted["created"], true);
    EXPECT_EQ(accepted["unchanged"], false);
    EXPECT_EQ(accepted["job"]["product_id"], "A/1");
    const auto job = fmt::format("/v1/jobs/{}", accepted["job"]["id"].get<int>());
    EXPECT_EQ(shop.expect(200, "GET", job, {}, {{"Prefer", "wait=60"}})["state"], "succeeded");
    const auto again = shop.expect(200, "PUT", "/v1/products/A%2F1", body, form_type);
    EXPECT_EQ(again["unchanged"], true);
    EXPECT_TRUE(again["job"].is_null());
    EXPECT_EQ(shop.expect(200, "GET", "/v1/products/A%2F1")["attributes"]["size"], 4);
    EXPECT_EQ(shop.expect(200, "GET", "/v1/jobs")["jobs"].size(), 1U);
}

TEST(ProductForm, OfWhichAPartIsBadChangesNothing) {
    const ServedShop shop;
    const std::string words = R"({"name":"Thing"})";
    const std::pair<std::string, int> bodies[] = {
        {form(words, "no picture"), 415},
        {form(words, {}), 400},
        {form("{", drawing(1)), 400},
        {form(R"({"description":"without a name"})", drawing(1)), 400},
        {form(R"({"id":"B","name":"of another id"})", drawing(1)), 400},
        {form(R"({"name":"Thing","price":1})", drawing(1)), 400},
        {form(fmt::format(R"({{"name":"Thing","description":"{}"}})", std::string(1 << 20, 'x')), drawing(1)), 413},
        {part("image", drawing(1)) + "--b--\r\n", 400},
        {part("product", words) + "--b--\r\n", 400},
    };
    for (const auto& [body, status] : bodies) {
        const auto answer = shop.ask("PUT", "/v1/products/A", body, form_type);
        EXPECT_EQ(answer.status, status) << answer.body;
    }
    EXPECT_EQ(shop.ask("PUT", "/v1/products/A", words, {{"Content-Type", "application/json"}}).status, 415);
    EXPECT_EQ(shop.ask("GET", "/v1/products/A").status, 404);
    EXPECT_TRUE(shop.expect(200, "GET", "/v1/jobs")["jobs"].empty());
}

TEST(ProductForm, SentTwiceWithOneKeyIsOneRequest) {
    const ServedShop shop;
    const auto body = form(R"({"name":"Thing"})", drawing(1));
    const auto first = shop.expect(202, "PUT", "/v1/products/A", body, keyed("row-1"));
    const auto again = shop.ask("PUT", "/v1/products/A", body, keyed("row-1"));
    EXPECT_EQ(again.status, 202);
    EXPECT_EQ(again.headers.at("idempotency-replayed"), "true");
    EXPECT_EQ(nlohmann::json::parse(again.body), first) << "the lost answer, and not that it is unchanged";
    EXPECT_EQ(shop.ask("PUT", "/v1/products/A", form(R"({"name":"Other"})", drawing(1)), keyed("row-1")).status, 422);
}

TEST(JobsApi, WaitsForAJobsEndForAsLongAsItIsAskedTo) {
    const ServedShop shop;
    const auto accepted = shop.expect(202, "POST", "/v1/queries", drawing(1));
    const auto job = fmt::format("/v1/jobs/{}", accepted["job"]["id"].get<int>());
    const auto ended = shop.expect(200, "GET", job, {}, {{"Prefer", "wait=60"}});
    EXPECT_EQ(ended["state"], "succeeded");
    EXPECT_FALSE(ended["tasks"].empty());
    EXPECT_EQ(shop.expect(200, "GET", job, {}, {{"Prefer", "wait=60"}})["state"], "succeeded") << "at once";
    EXPECT_EQ(shop.ask("GET", "/v1/jobs/999", {}, {{"Prefer", "wait=60"}}).status, 404);
}

TEST(ReindexApi, TellsWhatItWouldTakeAndStartsNothingWhereNothingIsToChange) {
    const ServedShop shop;
    shop.add("1", 1);
    const auto estimate = shop.expect(200, "GET", "/v1/maintenance/reindex");
    EXPECT_EQ(estimate["unchanged"], true) << estimate;
    EXPECT_EQ(shop.expect(200, "POST", "/v1/maintenance/reindex"), estimate);
    EXPECT_EQ(shop.expect(409, "POST", "/v1/maintenance/reindex", R"({"action":"rollback"})")["code"], "conflict");
    EXPECT_EQ(shop.expect(409, "POST", "/v1/maintenance/reindex", R"({"action":"drop"})")["code"], "conflict");
    for (const auto* const bad : {R"({"action":"forward"})", R"({"action":1})", R"({"to":"x"})", "["}) {
        EXPECT_EQ(shop.ask("POST", "/v1/maintenance/reindex", bad).status, 400) << bad;
    }
}

TEST(ReindexApi, NeedsTheScopeAdmin) {
    const ServedShop shop([](Config& config) { config.server.api_keys = {"write:change"}; });
    for (const auto* const method : {"GET", "POST"}) {
        EXPECT_EQ(shop.ask(method, "/v1/maintenance/reindex", {}, {{"Authorization", "Bearer change"}}).status, 403);
    }
}

TEST(ServerApi, TellsWhichServerItIsAndWhatTheCallerMayDo) {
    ServedShop shop([](Config& config) { config.server.api_keys = {"write:change", "read:look"}; });
    EXPECT_EQ(shop.ask("GET", "/v1/server").status, 401);
    const auto facts = shop.expect(200, "GET", "/v1/server", {}, {{"Authorization", "Bearer look"}});
    EXPECT_EQ(facts["scope"], "read");
    EXPECT_EQ(facts["max_upload_bytes"], 32 << 20);
    EXPECT_EQ(facts["instance"], shop.expect(200, "GET", "/healthz")["instance"]);
    EXPECT_EQ(facts["instance"], shop.service().instance());
    shop.restart();
    EXPECT_NE(shop.service().instance(), facts["instance"].get<std::string>()) << "another run is another instance";
}

TEST(JobsApi, NamesTheProductThatIsIndexed) {
    const ServedShop shop;
    shop.add("SKU 1", 1);
    shop.expect(202, "POST", "/v1/queries", drawing(2));
    const auto jobs = shop.expect(200, "GET", "/v1/jobs")["jobs"];
    ASSERT_EQ(jobs.size(), 2U);
    EXPECT_TRUE(jobs[0]["product_id"].is_null());
    EXPECT_EQ(jobs[1]["product_id"], "SKU 1");
}

} // namespace
} // namespace vitrine
