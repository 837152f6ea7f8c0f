#include "core/search_terms.hpp"

#include <algorithm>

#include <gmock/gmock.h>

namespace vitrine {
namespace {

using ::testing::Contains;
using ::testing::Not;

ProductDescription product() {
    return {.external_id = "AB-4711",
            .name = "Crème brûlée",
            .description = "with berries",
            .category = "Desserts",
            .attributes = R"({"gtin":"4006381333931","brand":"Dr. Sweet","sizes":[4,"large"]})"};
}

std::vector<std::string> texts(const std::vector<SearchTerm>& terms) {
    std::vector<std::string> texts;
    for (const SearchTerm& term : terms) texts.push_back(term.term);
    return texts;
}

int weight(const std::vector<SearchTerm>& terms, const std::string& text) {
    const auto found = std::ranges::find(terms, text, &SearchTerm::term);
    return found == terms.end() ? -1 : found->weight;
}

TEST(SearchTerms, AProductIsFoundByAllItsWordsFoldedAndByItsCodes) {
    const auto terms = texts(search_terms(product(), std::nullopt));
    for (const char* word :
         {"ab", "4711", "creme", "brulee", "berries", "berri", "desserts", "4006381333931", "sweet", "large"}) {
        EXPECT_THAT(terms, Contains(word));
    }
    EXPECT_TRUE(std::ranges::is_sorted(terms));
    EXPECT_EQ(std::ranges::adjacent_find(terms), terms.end());
}

TEST(SearchTerms, TheLabelsWordsCount) {
    StructuredLabel label;
    label.colors = {"dark blue"};
    label.text = "OETKER";
    EXPECT_THAT(texts(search_terms(product(), label)), Contains("blue"));
    EXPECT_THAT(texts(search_terms(product(), label)), Contains("oetker"));
    EXPECT_THAT(texts(search_terms(product(), std::nullopt)), Not(Contains("oetker")));
}

TEST(SearchTerms, AWordWeighsByWhereItStandsAndMoreInAShortName) {
    const auto terms = search_terms(product(), std::nullopt);
    EXPECT_EQ(weight(terms, "creme"), 90); // one of two
    EXPECT_EQ(weight(terms, "ab"), 80);
    EXPECT_EQ(weight(terms, "desserts"), 40);
    EXPECT_EQ(weight(terms, "berries"), 20);
    EXPECT_EQ(weight(terms, "berri"), 20);
    const auto mug = search_terms({.external_id = "1", .name = "Mug", .category = "Mugs"}, std::nullopt);
    EXPECT_EQ(weight(mug, "mug"), 160); // the name, and the category's stem
    EXPECT_EQ(weight(mug, "mugs"), 40);
}

TEST(SearchTerms, AnAttributesValueIsATermThatNoWordCanBe) {
    const auto terms = search_terms(product(), std::nullopt);
    for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
             {"brand", "Dr. Sweet"}, {"sizes", "4"}, {"sizes", "large"}, {"gtin", "4006381333931"}}) {
        const auto term = attribute_term(name, value).value();
        EXPECT_EQ(weight(terms, term), 0) << name;
        EXPECT_EQ(attribute_of(term), std::pair(name, value));
        EXPECT_TRUE(term.starts_with(attribute_term_prefix(name)));
        EXPECT_LT(term, "0");
    }
    EXPECT_EQ(weight(terms, attribute_term("brand", "Dr.").value()), -1);
    EXPECT_FALSE(attribute_term("a\x1f"
                                "b",
                                "c"));
    EXPECT_FALSE(attribute_term("a", std::string(1001, 'x')));
    EXPECT_FALSE(attribute_term("", "x"));
}

TEST(SearchTerms, AQuestionIsFoldedAndItsWordsAreFew) {
    ASSERT_EQ(asked_words("BERRY").size(), 1U);
    EXPECT_EQ(asked_words("BERRY").front().folded, "berry");
    EXPECT_EQ(asked_words("BERRY").front().stem, "berri");
    EXPECT_TRUE(asked_words(" %_\\ ").empty());
    std::string long_question;
    for (char c = 'a'; c <= 'z'; ++c) long_question += std::string(3, c) + ' ';
    EXPECT_EQ(asked_words(long_question).size(), 8U);
}

} // namespace
} // namespace vitrine
