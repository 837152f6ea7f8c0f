#include "engine/catalogue_page.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace vitrine {
namespace {

using nlohmann::json;

Product product(std::int64_t row, const std::string& id, const std::string& name, const std::string& attributes) {
    Product product;
    product.id = {row};
    product.external_id = id;
    product.name = name;
    product.attributes = attributes;
    product.created_at = Timestamp{Milliseconds(1'773'075'845'123)};
    return product;
}

TEST(CataloguePage, IsJsonWhateverTheTextsHold) {
    for (const std::string& text :
         {std::string("plain"), std::string("\"quoted\" \\ and\nlines\t"), std::string("caf\u00e9 \u65e5\u672c"),
          std::string("\x01\x7f"), std::string("</script>")}) {
        const auto page =
            json::parse(products_page_json({{product(1, text, text, R"({"k":[1,"\u00e9"]})")}, {}}, {ImageId{7}}));
        EXPECT_EQ(page["products"][0]["id"], text);
        EXPECT_EQ(page["products"][0]["name"], text);
        EXPECT_EQ(page["products"][0]["attributes"]["k"][0], 1);
        EXPECT_EQ(page["products"][0]["primary_image_id"], 7);
        EXPECT_EQ(page["products"][0]["created_at"], "2026-03-09T17:04:05.123Z");
    }
}

TEST(CataloguePage, ReplacesWhatIsNoTextAndLeavesOutWhatIsNoJson) {
    const auto page =
        json::parse(products_page_json({{product(1, "1", "broken \xff", "{\"a\":")}, {}}, {std::nullopt}));
    EXPECT_EQ(page["products"][0]["name"], "broken \xEF\xBF\xBD");
    EXPECT_TRUE(page["products"][0]["attributes"].is_null());
    EXPECT_TRUE(page["products"][0]["primary_image_id"].is_null());
}

TEST(CataloguePage, HasTheCursorOfTheNextOne) {
    EXPECT_EQ(json::parse(products_page_json({{product(5, "a", "x", "{}")}, "240.5"}, {}))["next_cursor"], "240.5");
    EXPECT_TRUE(json::parse(products_page_json({{product(5, "a", "x", "{}")}, {}}, {}))["next_cursor"].is_null());
    EXPECT_TRUE(json::parse(products_page_json({}, {}))["next_cursor"].is_null());
}

} // namespace
} // namespace vitrine
