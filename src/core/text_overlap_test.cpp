#include "core/text_overlap.hpp"

#include <string>

#include <gtest/gtest.h>

namespace vitrine {
namespace {

const PreparedPhrase tropicana_name("Tropicana Juice Smooth");
const PreparedPhrase tropicana_description("A ready to drink juice without pulp, pressed on sun-dried oranges.");

double overlap(std::string_view printed) {
    return text_overlap(PreparedPhrase(printed), tropicana_name, tropicana_description);
}

TEST(TextOverlap, ABrandWordSpeaksForTheProduct) {
    EXPECT_GT(overlap("Tropicana"), 0.5);
}

TEST(TextOverlap, EachFurtherWordSpeaksLouder) {
    EXPECT_GT(overlap("Tropicana SMOOTH"), overlap("Tropicana"));
    EXPECT_LE(overlap("Tropicana SMOOTH juice pulp oranges sun dried ready drink pressed"), 1.0);
}

TEST(TextOverlap, AWordOfTheDescriptionSpeaksLessThanOneOfTheName) {
    EXPECT_GT(overlap("oranges"), 0.0);
    EXPECT_LT(overlap("oranges"), overlap("smooth"));
}

TEST(TextOverlap, OneMisreadLetterOfALongWordIsForgiven) {
    EXPECT_GT(overlap("Trop1cana"), 0.0);
    EXPECT_GT(overlap("Tropicaana"), 0.4);
    EXPECT_GT(overlap("ropicana"), 0.4);
    EXPECT_LT(overlap("Tropicaana"), overlap("Tropicana"));
}

TEST(TextOverlap, ABrandInsideALongerWordIsFound) {
    EXPECT_GT(text_overlap("arlako", "Arla Medium Fat Milk"), 0.0);
}

TEST(TextOverlap, OtherWordsNumbersAndStopWordsSayNothing) {
    EXPECT_DOUBLE_EQ(overlap("THE ORIGINAL OATLY"), 0.0);
    EXPECT_DOUBLE_EQ(overlap("the and to 18 95 ml"), 0.0);
    EXPECT_DOUBLE_EQ(overlap(""), 0.0);
    EXPECT_DOUBLE_EQ(text_overlap("Tropicana", ""), 0.0);
}

TEST(TextOverlap, ShortWordsMustBeReadExactly) {
    EXPECT_DOUBLE_EQ(text_overlap("mulk", "milk"), 0.0);
    EXPECT_GT(text_overlap("milk", "milk"), 0.0);
}

TEST(TextOverlap, NoiseAroundAWordTakesNothingAway) {
    EXPECT_DOUBLE_EQ(overlap("xq Tropicana zzv"), overlap("Tropicana"));
}

TEST(TextOverlap, HostileLengthsAreAnsweredToo) {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text.append("tropicana").append(1, static_cast<char>('a' + i % 26)).append(" ");
    const double score = overlap(text);
    EXPECT_GE(score, 0.0);
    EXPECT_LE(score, 1.0);
}

} // namespace
} // namespace vitrine
