#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/product.hpp>

namespace vitrine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> codes_in(std::string attributes) {
    ProductDescription product;
    product.attributes = std::move(attributes);
    return barcodes_of(product);
}

TEST(Barcodes, AreReadFromAnyOfTheThreeAttributesWhateverTheirCase) {
    EXPECT_THAT(codes_in(R"({"gtin":"4006381333931"})"), ElementsAre("4006381333931"));
    EXPECT_THAT(codes_in(R"({"EAN":"4006381333931"})"), ElementsAre("4006381333931"));
    EXPECT_THAT(codes_in(R"({"Barcode":"4006381333931"})"), ElementsAre("4006381333931"));
    EXPECT_THAT(codes_in(R"({"colour":"4006381333931","ean_old":"4006381333931"})"), IsEmpty());
}

TEST(Barcodes, AnUpcAComparesEqualToItsEan13) {
    EXPECT_THAT(codes_in(R"({"gtin":"012345678905"})"), ElementsAre("0012345678905"));
    EXPECT_THAT(codes_in(R"({"gtin":["012345678905","0012345678905","00012345678905"]})"),
                ElementsAre("0012345678905"));
}

TEST(Barcodes, ACaseOfItemsKeepsItsFourteenDigits) {
    EXPECT_THAT(codes_in(R"({"gtin":"14006381333938"})"), ElementsAre("14006381333938"));
}

TEST(Barcodes, MayBeNumbersThatLostTheirLeadingZeros) {
    EXPECT_THAT(codes_in(R"({"ean":4006381333931})"), ElementsAre("4006381333931"));
    EXPECT_THAT(codes_in(R"({"ean":12345678905})"), ElementsAre("0012345678905"));
    EXPECT_THAT(codes_in(R"({"ean":4.006381333931e12})"), ElementsAre("4006381333931"));
    EXPECT_THAT(codes_in(R"({"ean":[-5, 0, 1.5, 1e300]})"), IsEmpty());
}

TEST(Barcodes, MayBeListsInOneText) {
    EXPECT_THAT(codes_in(R"({"ean":"4006381333931|96385074, 012345678905"})"),
                ElementsAre("4006381333931", "96385074", "0012345678905"));
    EXPECT_THAT(codes_in(R"({"ean":"4006381333931 4006381333948"})"), ElementsAre("4006381333931", "4006381333948"));
}

TEST(Barcodes, PrintedInGroupsAreOneCode) {
    EXPECT_THAT(codes_in(R"({"ean":"4 006381 333931"})"), ElementsAre("4006381333931"));
    EXPECT_THAT(codes_in(R"({"ean":"0-12345-67890-5"})"), ElementsAre("0012345678905"));
}

TEST(Barcodes, OtherTextsStand) {
    EXPECT_THAT(codes_in(R"({"barcode":"SKU-0815"})"), ElementsAre("SKU-0815"));
    EXPECT_THAT(codes_in(R"({"barcode":"12345"})"), ElementsAre("12345"));
}

TEST(Barcodes, OfAttributesThatSayNothingAreNone) {
    for (const auto* const text : {"", "{}", "[]", "null", "nonsense", "{\"ean\":", R"({"ean":null})",
                                   R"({"ean":{"a":1}})", R"({"ean":" | "})"}) {
        EXPECT_THAT(codes_in(text), IsEmpty()) << text;
    }
}

} // namespace
} // namespace vitrine
