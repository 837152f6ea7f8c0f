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
            .attributes = R"({"gtin":"4006381333931"})"};
}

TEST(SearchTerms, AProductIsFoundByAllItsWordsFoldedAndByItsCodes) {
    const auto terms = search_terms(product(), std::nullopt);
    for (const char* word : {"ab", "4711", "creme", "brulee", "berries", "berri", "desserts", "4006381333931"}) {
        EXPECT_THAT(terms, Contains(word));
    }
    EXPECT_TRUE(std::ranges::is_sorted(terms));
}

TEST(SearchTerms, TheLabelsWordsCount) {
    StructuredLabel label;
    label.colors = {"dark blue"};
    label.text = "OETKER";
    EXPECT_THAT(search_terms(product(), label), Contains("blue"));
    EXPECT_THAT(search_terms(product(), label), Contains("oetker"));
    EXPECT_THAT(search_terms(product(), std::nullopt), Not(Contains("oetker")));
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
