#include "core/lexical_match.hpp"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace vitrine {
namespace {

double match(std::string_view target, std::string_view candidate) {
    return lexical_match(target, candidate);
}

TEST(LexicalMatch, EqualPhrasesMatchWholly) {
    EXPECT_DOUBLE_EQ(match("Red running shoe", "red RUNNING shoes"), 1.0);
    EXPECT_DOUBLE_EQ(match("Arla Lactose Medium Fat Milk", "milk fat medium lactose arla"), 1.0);
    EXPECT_DOUBLE_EQ(match("the", "the"), 1.0);
}

TEST(LexicalMatch, PhrasesWithoutACommonWordDoNotMatch) {
    EXPECT_DOUBLE_EQ(match("red running shoe", "oat milk"), 0.0);
    EXPECT_DOUBLE_EQ(match("sofa", "lamp"), 0.0);
}

TEST(LexicalMatch, NothingMatchesAnEmptyPhrase) {
    EXPECT_DOUBLE_EQ(match("", ""), 0.0);
    EXPECT_DOUBLE_EQ(match("milk", ""), 0.0);
    EXPECT_DOUBLE_EQ(match("", "milk"), 0.0);
    EXPECT_DOUBLE_EQ(match("--", "--"), 0.0);
}

TEST(LexicalMatch, SharedWordsMakeTheBetterCandidate) {
    EXPECT_GT(match("Red running shoe", "red sporty shoe"), match("Red running shoe", "red hat"));
    EXPECT_GT(match("Red running shoe", "red hat"), match("Red running shoe", "blue lamp"));
}

TEST(LexicalMatch, AColourAloneSaysLessThanAName) {
    EXPECT_GT(match("red kettle", "kettle"), match("red kettle", "red"));
}

TEST(LexicalMatch, StopWordsHardlyMatter) {
    EXPECT_GT(match("juice without pulp", "the juice with a pulp"), 0.6);
    EXPECT_LT(match("the art of the lamp", "the smell of the fish"), 0.3);
}

TEST(LexicalMatch, SynonymsMatchWholly) {
    EXPECT_DOUBLE_EQ(match("grey trainers", "gray sneakers"), 1.0);
    EXPECT_DOUBLE_EQ(match("t-shirt", "tee"), 1.0);
}

TEST(LexicalMatch, AMisspeltWordMatchesInPart) {
    const double misspelt = match("pomegranate", "pomegranite");
    EXPECT_GT(misspelt, 0.5);
    EXPECT_LT(misspelt, 1.0);
}

TEST(LexicalMatch, AddingAWordOfTheTargetNeverLowersTheMatch) {
    const std::vector<std::string> words{"arla", "organic", "milk", "red", "the", "500", "ml", "shoe", "crème", "grey"};
    std::mt19937 random(7);
    for (int round = 0; round < 500; ++round) {
        std::string target;
        std::string candidate;
        for (const auto& word : words) {
            if (random() % 2 == 0) target += word + " ";
            if (random() % 3 == 0) candidate += word + " ";
        }
        const double before = match(target, candidate);
        for (const auto& word : words) {
            if ((" " + target).find(" " + word + " ") == std::string::npos) continue;
            EXPECT_GE(match(target, candidate + word), before - 1e-12) << target << "| " << candidate << "+ " << word;
        }
    }
}

TEST(LexicalMatch, EveryMatchLiesBetweenNoneAndWhole) {
    std::mt19937 random(11);
    const auto garbage = [&random] {
        std::string text;
        for (int i = 0; i < 60; ++i) text += static_cast<char>(random() % 256);
        return text;
    };
    for (int round = 0; round < 300; ++round) {
        const double score = match(garbage(), garbage());
        EXPECT_GE(score, 0.0);
        EXPECT_LE(score, 1.0);
    }
}

TEST(LexicalMatch, BothDirectionsTellTheSameStory) {
    const double one = match("organic standard milk", "milk");
    const double other = match("milk", "organic standard milk");
    EXPECT_NEAR(one, other, 0.25);
}

TEST(LexicalMatch, ABatchIsAnsweredInOrderAndAsOneByOne) {
    const std::vector<std::string> candidates{"oat milk", "", "lamp", "milk"};
    const auto scores = lexical_match("milk", candidates);
    ASSERT_EQ(scores.size(), candidates.size());
    for (std::size_t i = 0; i < candidates.size(); ++i) EXPECT_DOUBLE_EQ(scores[i], match("milk", candidates[i]));
}

TEST(LexicalMatch, ColoursAndCategoriesByOtherNamesAreTheSame) {
    EXPECT_DOUBLE_EQ(lexical_match("navy rucksack", "blue backpack"), 1.0);
    EXPECT_DOUBLE_EQ(lexical_match("Burgundy settee", "red sofa"), 1.0);
    EXPECT_DOUBLE_EQ(lexical_match("teal pillows", "turquoise cushion"), 1.0);
    EXPECT_LT(lexical_match("navy rucksack", "red backpack"), 1.0);
}

} // namespace
} // namespace vitrine
