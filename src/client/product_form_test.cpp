#include "client/product_form.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vitrine {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

ProductDescription shoe() {
    ProductDescription product;
    product.external_id = std::string("SHOE-1");
    product.name = std::string("Shoe");
    product.attributes = R"({"size":42})";
    return product;
}

TEST(ProductForm, OfTheSameProductAndPictureIsTheSameToTheByte) {
    const std::string picture("\xff\xd8\0\r\n--", 7);
    const ProductForm first(shoe(), picture), second(shoe(), picture);
    EXPECT_EQ(first.body(), second.body());
    EXPECT_EQ(first.content_type(), second.content_type());
    EXPECT_NE(first.content_type(), ProductForm(shoe(), "another").content_type());
}

TEST(ProductForm, HoldsBothPartsBetweenABoundaryThatStandsInNeither) {
    const std::string picture("\xff\xd8 a picture");
    const ProductForm form(shoe(), picture);
    const auto type = form.content_type();
    const std::string boundary(std::string_view(type).substr(type.find('=') + 1));
    EXPECT_THAT(form.body(), StartsWith(fmt::format("--{}\r\n", boundary)));
    EXPECT_THAT(form.body(), HasSubstr(R"({"name":"Shoe","description":"","category":"","attributes":{"size":42}})"));
    EXPECT_THAT(form.body(), EndsWith(fmt::format("\r\n\r\n{}\r\n--{}--\r\n", picture, boundary)));
}

} // namespace
} // namespace vitrine
