// Products and their pictures over real HTTP.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "images/codec.hpp"
#include "served_shop.hpp"

namespace vitrine {
namespace {

using nlohmann::json;
using test::drawing;
using test::ServedShop;
using testing::HasSubstr;

TEST(CatalogueApi, CreatesReplacesChangesAndRemovesAProduct) {
    const ServedShop shop;
    const auto made = shop.ask("POST", "/v1/products",
                               R"({"id":"a/1","name":"Red shoe","category":"shoes","attributes":{"size":42}})");
    EXPECT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.headers.at("location"), "/v1/products/a%2F1");
    EXPECT_EQ(json::parse(made.body)["attributes"]["size"], 42);
    EXPECT_TRUE(json::parse(made.body)["primary"].is_null()) << "no picture yet";

    const auto replaced = shop.expect(200, "POST", "/v1/products", R"({"id":"a/1","name":"Blue shoe"})");
    EXPECT_EQ(replaced["name"], "Blue shoe");
    EXPECT_EQ(replaced["category"], "");

    const auto changed = shop.expect(200, "PATCH", "/v1/products/a%2F1",
                                     R"({"category":"boots","attributes":{"gtin":"4006381333931"}})");
    EXPECT_EQ(changed["name"], "Blue shoe");
    EXPECT_EQ(changed["category"], "boots");
    EXPECT_EQ(changed["attributes"]["gtin"], "4006381333931");
    EXPECT_EQ(shop.expect(200, "GET", "/v1/products/a%2F1"), changed);

    EXPECT_EQ(shop.ask("DELETE", "/v1/products/a%2F1").status, 204);
    EXPECT_EQ(shop.expect(404, "GET", "/v1/products/a%2F1")["code"], "not_found");
    EXPECT_EQ(shop.ask("DELETE", "/v1/products/a%2F1").status, 404);
}

TEST(CatalogueApi, RefusesABadProductWithTheField) {
    const ServedShop shop;
    const auto refused = [&](const std::string& body) {
        const auto problem = shop.expect(400, "POST", "/v1/products", body);
        EXPECT_EQ(problem["code"], "bad_input");
        EXPECT_EQ(problem["status"], 400);
        return problem.value("detail", "");
    };
    EXPECT_THAT(refused(""), HasSubstr("breaks at byte"));
    EXPECT_THAT(refused("{\"id\":\"1\",}"), HasSubstr("breaks at byte 11"));
    EXPECT_THAT(refused(R"({"name":"x"})"), HasSubstr("no field 'id'"));
    EXPECT_THAT(refused(R"({"id":"1"})"), HasSubstr("no field 'name'"));
    EXPECT_THAT(refused(R"({"id":1,"name":"x"})"), HasSubstr("'id' must be a text"));
    EXPECT_THAT(refused(R"({"id":"1","name":""})"), HasSubstr("name is empty"));
    EXPECT_THAT(refused(R"({"id":"1","name":"x","price":3})"), HasSubstr("unknown field 'price'"));
    EXPECT_THAT(refused(R"({"id":"1","name":"x","attributes":[]})"), HasSubstr("'attributes' must be an object"));
    EXPECT_THAT(refused(R"({"id":"1\u0000","name":"x"})"), HasSubstr("UTF-8"));
    EXPECT_THAT(refused("{\"id\":\"" + std::string(300, 'x') + "\",\"name\":\"x\"}"), HasSubstr("200 characters"));
    EXPECT_EQ(shop.engine().counts().products, 0) << "bad input changes nothing";
}

TEST(CatalogueApi, PagesThroughTheCatalogueWithoutALossOrARepetition) {
    const ServedShop shop;
    for (int i = 0; i < 25; ++i) {
        shop.engine().save_product({.external_id = std::to_string(i), .name = "P", .category = i % 2 ? "odd" : "even"});
    }
    std::vector<std::string> seen;
    json cursor;
    do {
        const auto more = cursor.is_null() ? std::string() : "&cursor=" + cursor.get<std::string>();
        const auto page = shop.expect(200, "GET", "/v1/products?limit=10" + more);
        for (const auto& product : page["products"]) seen.push_back(product["id"]);
        cursor = page["next_cursor"];
    } while (!cursor.is_null());
    EXPECT_EQ(seen.size(), 25U);
    EXPECT_EQ(shop.expect(200, "GET", "/v1/products?category=odd&limit=1000")["products"].size(), 12U);
    EXPECT_EQ(shop.expect(200, "GET", "/v1/products")["products"].size(), 20U);
    for (const auto* const bad : {"limit=0", "limit=1001", "limit=x", "cursor=x", "cursor=-1", "page=2", "q=a&q=b"}) {
        EXPECT_EQ(shop.ask("GET", std::string("/v1/products?") + bad).status, 400) << bad;
    }
}

TEST(CatalogueApi, WordsAreAnsweredBestFirstAndPagedWithoutALossOrARepetition) {
    const ServedShop shop;
    shop.engine().save_product({.external_id = "far", .name = "Holder", .description = "for a mug"});
    for (int i = 0; i < 7; ++i) {
        shop.engine().save_product({.external_id = std::to_string(i), .name = i % 2 ? "Mug" : "Mug of red clay"});
    }
    const auto ids_of = [](const json& page) {
        std::vector<std::string> ids;
        for (const auto& product : page["products"]) ids.push_back(product["id"]);
        return ids;
    };
    const auto whole = ids_of(shop.expect(200, "GET", "/v1/products?q=mug"));
    EXPECT_EQ(whole, (std::vector<std::string>{"1", "3", "5", "0", "2", "4", "6", "far"}));
    std::vector<std::string> seen;
    json page{{"next_cursor", ""}};
    while (!page["next_cursor"].is_null()) {
        const auto cursor = page["next_cursor"].get<std::string>();
        page = shop.expect(200, "GET", "/v1/products?q=mug&limit=3" + (cursor.empty() ? "" : "&cursor=" + cursor));
        for (const auto& id : ids_of(page)) seen.push_back(id);
    }
    EXPECT_EQ(seen, whole);
    for (const auto* const bad : {"q=mug&cursor=7", "cursor=1.7", "q=mug&cursor=x.y", "attr.=x"}) {
        EXPECT_EQ(shop.ask("GET", std::string("/v1/products?") + bad).status, 400) << bad;
    }
}

TEST(CatalogueApi, AttributesNarrowTheCatalogueAndAreListed) {
    const ServedShop shop;
    shop.engine().save_product(
        {.external_id = "1", .name = "Shoe", .attributes = R"({"size":42,"brand":"Fjell & co"})"});
    shop.engine().save_product({.external_id = "2", .name = "Shoe", .attributes = R"({"size":41,"brand":"Dal"})"});
    EXPECT_EQ(shop.expect(200, "GET", "/v1/products?attr.size=42")["products"][0]["id"], "1");
    EXPECT_EQ(shop.expect(200, "GET", "/v1/products?q=shoe&attr.brand=Fjell%20%26%20co")["products"].size(), 1U);
    EXPECT_EQ(shop.expect(200, "GET", "/v1/products?attr.brand=Dal&attr.size=42")["products"].size(), 0U);
    EXPECT_EQ(shop.expect(200, "GET", "/v1/attributes"),
              json::parse(R"({"attributes":[{"name":"brand"},{"name":"size"}],"more":false})"));
    EXPECT_EQ(shop.expect(200, "GET", "/v1/attributes/size?limit=1"),
              json::parse(R"({"name":"size","values":["41"],"more":true})"));
    EXPECT_EQ(shop.expect(200, "GET", "/v1/attributes/brand?beginning=F")["values"], json({"Fjell & co"}));
    EXPECT_EQ(shop.expect(200, "GET", "/v1/attributes/none")["values"], json::array());
    EXPECT_EQ(shop.ask("GET", "/v1/attributes?limit=0").status, 400);
}

TEST(CatalogueApi, IndexesAPictureSentAsItIsOrInAForm) {
    const ServedShop shop;
    shop.expect(201, "POST", "/v1/products", R"({"id":"1","name":"Thing"})");
    const auto accepted = shop.ask("POST", "/v1/products/1/images", drawing(1), {{"Content-Type", "image/jpeg"}});
    ASSERT_EQ(accepted.status, 202) << accepted.body;
    const auto job = json::parse(accepted.body)["job"];
    EXPECT_EQ(job["kind"], "index");
    EXPECT_EQ(accepted.headers.at("location"), "/v1/jobs/" + std::to_string(job["id"].get<int>()));
    shop.engine().wait({job["id"].get<std::int64_t>()}, std::chrono::steady_clock::now() + std::chrono::minutes(5));
    const auto product = shop.expect(200, "GET", "/v1/products/1");
    EXPECT_TRUE(product["primary"]["image_id"].is_number()) << product;

    const auto form = "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"x.jpg\"\r\n\r\n" + drawing(2) +
                      "\r\n--b--\r\n";
    EXPECT_EQ(
        shop.ask("POST", "/v1/products/1/images", form, {{"Content-Type", "multipart/form-data; boundary=b"}}).status,
        202);
}

TEST(CatalogueApi, AnswersTheSamePictureAgainWithTheJobThatIndexedIt) {
    const ServedShop shop;
    shop.add("1", 1);
    const auto again = shop.expect(202, "POST", "/v1/products/1/images", drawing(1));
    EXPECT_EQ(again["job"]["state"], "succeeded");
    EXPECT_EQ(shop.engine().jobs({}).size(), 1U);
}

TEST(CatalogueApi, RefusesWhatIsNoPictureAndChangesNothing) {
    const ServedShop shop([](Config& config) { config.server.max_upload_bytes = 100'000; });
    shop.expect(201, "POST", "/v1/products", R"({"id":"1","name":"Thing"})");
    EXPECT_EQ(shop.expect(404, "POST", "/v1/products/2/images", drawing(1))["code"], "not_found");
    EXPECT_EQ(shop.expect(400, "POST", "/v1/products/1/images")["code"], "bad_input");
    EXPECT_EQ(shop.expect(415, "POST", "/v1/products/1/images", "%PDF-1.7 no picture")["code"], "unsupported");
    const auto torn = drawing(1).substr(0, 100);
    EXPECT_THAT(shop.ask("POST", "/v1/products/1/images", torn).status, testing::AnyOf(400, 415));
    EXPECT_EQ(shop.expect(413, "POST", "/v1/products/1/images", std::string(200'000, 'x'))["code"], "too_large");
    EXPECT_EQ(
        shop.expect(400, "POST", "/v1/products/1/images", "--b", {{"Content-Type", "multipart/form-data"}})["code"],
        "bad_input");
    EXPECT_TRUE(shop.engine().jobs({}).empty());
}

TEST(CatalogueApi, AnotherNameChoosesThePrimaryAnewWithoutAModel) {
    const ServedShop shop;
    shop.add("1", 1);
    shop.expect(200, "PATCH", "/v1/products/1", R"({"name":"Another thing"})");
    const auto jobs = shop.engine().jobs({});
    ASSERT_EQ(jobs.size(), 2U);
    EXPECT_EQ(shop.engine().wait(jobs[0].id, std::chrono::steady_clock::now() + std::chrono::minutes(5)),
              JobState::Succeeded);
    shop.expect(200, "PATCH", "/v1/products/1", R"({"description":"The same thing"})");
    EXPECT_EQ(shop.engine().jobs({}).size(), 2U);
}

TEST(CatalogueApi, APersonChoosesThePrimaryCropAndCorrectsItsLabel) {
    const ServedShop shop;
    shop.add("1", 1);
    const auto product = shop.expect(200, "GET", "/v1/products/1");
    ASSERT_FALSE(product["images"].empty());
    const auto crop = product["images"].back()["image_id"].get<int>();
    const auto chosen = shop.expect(200, "PUT", "/v1/products/1/primary", fmt::format(R"({{"image_id":{}}})", crop));
    EXPECT_EQ(chosen["primary"]["image_id"], crop);
    EXPECT_EQ(chosen["primary"]["chosen_by"], "person");
    EXPECT_EQ(shop.ask("PUT", "/v1/products/1/primary", R"({"image_id":99999})").status, 404);
    EXPECT_EQ(shop.ask("PUT", "/v1/products/1/primary", "{}").status, 400);

    const auto label = fmt::format("/v1/images/{}/label", crop);
    const auto corrected = shop.expect(200, "PATCH", label, R"({"category":"boot","colors":["dark red"]})");
    EXPECT_EQ(corrected["label"]["category"], "boot");
    EXPECT_EQ(shop.expect(200, "GET", fmt::format("/v1/images/{}/details", crop))["label"]["category"], "boot");
    EXPECT_EQ(shop.ask("PATCH", label, R"({"category":7})").status, 400);
    EXPECT_EQ(shop.ask("PATCH", label, R"({"taste":"sweet"})").status, 400);
    EXPECT_NE(shop.expect(200, "DELETE", label)["label"]["category"], "boot");

    const auto list = shop.expect(200, "GET", "/v1/products");
    EXPECT_EQ(list["products"][0]["primary_image_id"], crop);
    const auto categories = shop.expect(200, "GET", "/v1/categories");
    EXPECT_EQ(categories["categories"][0]["category"], "Things");
}

TEST(ImagesApi, ServesPicturesWithoutMetadataForBrowsersToKeep) {
    const ServedShop shop;
    shop.add("1", 1);
    const auto primary = shop.engine().product("1")->primary->image_id.value;
    const auto address = "/v1/images/" + std::to_string(primary);
    const auto answer = shop.ask("GET", address + "?size=32");
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.headers.at("content-type"), "image/jpeg");
    EXPECT_EQ(answer.headers.at("x-content-type-options"), "nosniff");
    EXPECT_THAT(answer.headers.at("cache-control"), HasSubstr("immutable"));
    EXPECT_EQ(answer.body.find("Exif"), std::string::npos);
    const auto decoded = decode(answer.body, {});
    EXPECT_EQ(std::max(decoded.picture.width, decoded.picture.height), 32);

    const auto kept = shop.ask("GET", address + "?size=32", {}, {{"If-None-Match", answer.headers.at("etag")}});
    EXPECT_EQ(kept.status, 304);
    EXPECT_NE(shop.ask("GET", address).headers.at("etag"), answer.headers.at("etag"));
    EXPECT_EQ(shop.expect(200, "GET", address + "/details")["id"], primary);
    for (const auto* const bad : {"?size=0", "?size=4096", "?size=x", "?width=3"}) {
        EXPECT_EQ(shop.ask("GET", address + bad).status, 400) << bad;
    }
    for (const auto* const gone : {"/v1/images/999", "/v1/images/0", "/v1/images/-1", "/v1/images/x"}) {
        EXPECT_EQ(shop.ask("GET", gone).status, 404) << gone;
    }
}

} // namespace
} // namespace vitrine
