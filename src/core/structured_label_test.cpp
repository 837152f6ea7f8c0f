#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>
#include <vitrine/structured_label.hpp>

namespace vitrine {
namespace {

using testing::HasSubstr;

StructuredLabel full_label() {
    return {.category = "running shoe",
            .colors = {"red", "dark blue"},
            .style = "sporty",
            .pattern = "striped",
            .material = "mesh",
            .text = "GO \"FAST\"\nñ 日本",
            .barcodes = {{"ean13", "4006381333931"}, {"qr", "https://example.org/a?b=c"}},
            .description = "A red shoe",
            .confidence = 0.75};
}

std::string why_refused(const std::string& json) {
    try {
        static_cast<void>(structured_label_from_json(json));
        return "accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::BadInput);
        return error.what();
    }
}

TEST(StructuredLabel, ComesBackFromItsJson) {
    EXPECT_EQ(structured_label_from_json(to_json(full_label())), full_label());
    EXPECT_EQ(structured_label_from_json(to_json({})), StructuredLabel{});
}

TEST(StructuredLabel, PhraseRunsFromColoursToPrintedTextAndLeavesOutWhatIsUnknown) {
    EXPECT_EQ(full_label().to_text(), "red dark blue striped mesh sporty running shoe GO \"FAST\"\nñ 日本");
    StructuredLabel shoe;
    shoe.category = "shoe";
    shoe.colors = {"red"};
    EXPECT_EQ(shoe.to_text(), "red shoe");
    EXPECT_EQ(StructuredLabel{}.to_text(), "");
}

TEST(StructuredLabel, UnknownFieldsAreIgnoredAndAbsentOnesEmpty) {
    const auto label = structured_label_from_json(R"({"category":"shoe","mood":"happy","style":null})");
    StructuredLabel expected;
    expected.category = "shoe";
    EXPECT_EQ(label, expected);
}

TEST(StructuredLabel, PrintedTextThatIsNotUtf8StillGivesValidJson) {
    StructuredLabel label;
    label.text = "caf\xE9";
    EXPECT_EQ(structured_label_from_json(to_json(label)).text, "caf\xEF\xBF\xBD");
}

TEST(StructuredLabel, AWrongTypeIsRefusedByTheFieldsName) {
    EXPECT_THAT(why_refused(R"({"category":5})"), HasSubstr("'category'"));
    EXPECT_THAT(why_refused(R"({"colors":"red"})"), HasSubstr("'colors'"));
    EXPECT_THAT(why_refused(R"({"colors":[1]})"), HasSubstr("'colors'"));
    EXPECT_THAT(why_refused(R"({"style":["a"]})"), HasSubstr("'style'"));
    EXPECT_THAT(why_refused(R"({"text":{}})"), HasSubstr("'text'"));
    EXPECT_THAT(why_refused(R"({"barcodes":["4006381333931"]})"), HasSubstr("'barcodes'"));
    EXPECT_THAT(why_refused(R"({"barcodes":[{"symbology":1,"text":""}]})"), HasSubstr("'symbology'"));
    EXPECT_THAT(why_refused(R"({"confidence":"high"})"), HasSubstr("'confidence'"));
}

TEST(StructuredLabel, ConfidenceOutsideZeroToOneIsRefused) {
    for (const auto* const value : {"-0.1", "1.1", "1e999", "NaN"}) {
        EXPECT_NE(why_refused(std::string(R"({"confidence":)") + value + "}"), "accepted") << value;
    }
}

TEST(StructuredLabel, LimitsCountCharactersAndNotBytes) {
    std::string two_hundred;
    for (int i = 0; i < 200; ++i) {
        two_hundred += "日";
    }
    EXPECT_EQ(structured_label_from_json(R"({"category":")" + two_hundred + "\"}").category, two_hundred);
    EXPECT_THAT(why_refused(R"({"category":")" + two_hundred + "x\"}"), HasSubstr("200"));
    EXPECT_THAT(why_refused(R"({"text":")" + std::string(4001, 'x') + "\"}"), HasSubstr("4000"));
    EXPECT_THAT(why_refused(R"({"description":")" + std::string(4001, 'x') + "\"}"), HasSubstr("4000"));
}

TEST(StructuredLabel, ListsAreLimited) {
    std::string colors = "[\"red\"";
    for (int i = 0; i < 31; ++i) {
        colors += ",\"red\"";
    }
    EXPECT_EQ(structured_label_from_json(R"({"colors":)" + colors + "]}").colors.size(), 32U);
    EXPECT_THAT(why_refused(R"({"colors":)" + colors + ",\"red\"]}"), HasSubstr("32"));
}

TEST(StructuredLabel, WhatIsNotOneJsonObjectIsRefused) {
    for (const auto& text :
         {std::string(), std::string("[]"), std::string("\"shoe\""), std::string("{"), std::string("{} {}"),
          std::string("{\"category\":\"caf\xE9\"}"), std::string(500'000, '['), std::string(2'000'000, ' ')}) {
        EXPECT_NE(why_refused(text), "accepted") << text.substr(0, 20);
    }
}

} // namespace
} // namespace vitrine
