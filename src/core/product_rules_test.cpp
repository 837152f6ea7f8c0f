#include "core/product_rules.hpp"

#include <gtest/gtest.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

ProductDescription mug() {
    return {.external_id = "M1", .name = "Red mug", .description = "", .category = "Mugs"};
}

void expect_refused(const ProductDescription& product, const std::string& field) {
    try {
        check(product);
        FAIL() << "accepted a bad " << field;
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::BadInput);
        EXPECT_NE(std::string(error.what()).find(field), std::string::npos) << error.what();
    }
}

TEST(ProductRules, APlainProductIsAccepted) {
    EXPECT_NO_THROW(check(mug()));
}

TEST(ProductRules, LengthsAreCountedInCharactersNotBytes) {
    ProductDescription product = mug();
    for (int i = 0; i < 500; ++i) product.name = i == 0 ? "é" : product.name + "é";
    EXPECT_NO_THROW(check(product));
    product.name += "é";
    expect_refused(product, "name");
}

TEST(ProductRules, AnEmptyIdOrNameIsRefused) {
    ProductDescription product = mug();
    product.external_id.clear();
    expect_refused(product, "id");
    product = mug();
    product.name.clear();
    expect_refused(product, "name");
}

TEST(ProductRules, TextThatIsNotUtf8IsRefused) {
    ProductDescription product = mug();
    product.description = "caf\xe9";
    expect_refused(product, "description");
    product.description = std::string("a\0b", 3);
    expect_refused(product, "description");
}

TEST(ProductRules, AttributesMustBeOneObject) {
    for (const std::string attributes : {"", "[]", "7", "{", "{} {}", "null"}) {
        ProductDescription product = mug();
        product.attributes = attributes;
        expect_refused(product, "attributes");
    }
    ProductDescription product = mug();
    product.attributes = "{\"a\":\"" + std::string(70'000, 'x') + "\"}";
    expect_refused(product, "attributes");
}

TEST(ProductRules, TheSpellingOfTheAttributesDoesNotMakeAnotherDescription) {
    ProductDescription a = mug();
    ProductDescription b = mug();
    a.attributes = R"({"gtin":"1","price":"2"})";
    b.attributes = R"({ "price": "2", "gtin": "1" })";
    EXPECT_TRUE(same_description(a, b));
    b.attributes = R"({"gtin":"1"})";
    EXPECT_FALSE(same_description(a, b));
}

TEST(ProductRules, AttributesThatADatabaseCannotReadAreRefused) {
    ProductDescription product{.external_id = "1", .name = "x", .description = "", .category = ""};
    product.attributes = R"({"a":)" + std::string(30, '[') + std::string(30, ']') + "}";
    EXPECT_NO_THROW(check(product));
    product.attributes = R"({"a":)" + std::string(2000, '[') + std::string(2000, ']') + "}";
    EXPECT_THROW(check(product), Error);
    product.attributes = R"({"a":"x\u0000y"})";
    EXPECT_THROW(check(product), Error);
}

TEST(ProductRules, AttributeValuesAreTextsNumbersTruthsAndElementsOfLists) {
    ProductDescription product{.external_id = "1", .name = "x", .description = "", .category = ""};
    product.attributes = R"({"size":"L","n":5,"f":0.5,"yes":true,"tags":["a",1],"deep":{"x":"y"},"none":null})";
    const std::vector<std::pair<std::string, std::string>> expected{{"f", "0.5"},  {"n", "5"},    {"size", "L"},
                                                                    {"tags", "a"}, {"tags", "1"}, {"yes", "true"}};
    EXPECT_EQ(attribute_values(product), expected);
}

} // namespace
} // namespace vitrine
