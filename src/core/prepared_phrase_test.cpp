#include "core/prepared_phrase.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vitrine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

std::vector<std::string> stems(std::string_view text) {
    const PreparedPhrase phrase(text);
    std::vector<std::string> stems;
    for (const auto& word : phrase.words()) stems.push_back(word.stem);
    return stems;
}

std::vector<std::string> folded(std::string_view text) {
    const PreparedPhrase phrase(text);
    std::vector<std::string> words;
    for (const auto& word : phrase.words()) words.push_back(word.folded);
    return words;
}

TEST(PreparedPhrase, CaseAndDiacriticsAreFolded) {
    EXPECT_EQ(stems("CRÈME Brûlée"), stems("creme brulee"));
    EXPECT_EQ(stems("Mjölk"), stems("mjolk"));
    EXPECT_EQ(stems("STRASSE"), stems("Straße"));
    EXPECT_EQ(stems("Ærø smør"), stems("aero smor"));
}

TEST(PreparedPhrase, ComposedAndDecomposedLettersAreTheSame) {
    EXPECT_EQ(stems("caf\u00E9"), stems("cafe\u0301"));
}

TEST(PreparedPhrase, FullWidthAndLigatureFormsAreTheSameAsPlainOnes) {
    EXPECT_EQ(stems("ＡＢＣ １２"), stems("abc 12"));
    EXPECT_EQ(stems("ﬁne"), stems("fine"));
}

TEST(PreparedPhrase, PluralAndSingularHaveOneStem) {
    EXPECT_EQ(stems("apples"), stems("apple"));
    EXPECT_EQ(stems("strawberries"), stems("strawberry"));
    EXPECT_EQ(stems("women's"), stems("womens"));
}

TEST(PreparedPhrase, SynonymsHaveOneStem) {
    EXPECT_EQ(stems("grey sneakers"), stems("gray sneaker"));
    EXPECT_EQ(stems("colour"), stems("color"));
    EXPECT_EQ(stems("T-Shirt"), stems("tshirt"));
}

TEST(PreparedPhrase, DigitsAndUnitsAreSplit) {
    EXPECT_THAT(folded("500ml"), UnorderedElementsAre("500", "ml"));
}

TEST(PreparedPhrase, AWordSaidTwiceCountsOnce) {
    EXPECT_THAT(PreparedPhrase("milk Milk MILK").words(), SizeIs(1));
    EXPECT_DOUBLE_EQ(PreparedPhrase("milk milk").weight(), PreparedPhrase("milk").weight());
}

TEST(PreparedPhrase, OtherScriptsAreKeptAsTheyAre) {
    EXPECT_THAT(stems("молоко"), ElementsAre("молоко"));
    EXPECT_THAT(stems("牛乳"), ElementsAre("牛乳"));
}

TEST(PreparedPhrase, SignsAloneAreNoWords) {
    EXPECT_THAT(PreparedPhrase("").words(), IsEmpty());
    EXPECT_THAT(PreparedPhrase(" -- !! \n\t · € ").words(), IsEmpty());
    EXPECT_THAT(PreparedPhrase("'").words(), IsEmpty());
}

TEST(PreparedPhrase, BrokenUtf8SeparatesWordsAndNothingWorse) {
    EXPECT_THAT(folded("milk\xFF\xFE"
                       "cream"),
                UnorderedElementsAre("milk", "cream"));
    EXPECT_THAT(folded(std::string_view("a\0b", 3)), UnorderedElementsAre("a", "b"));
    EXPECT_NO_THROW(PreparedPhrase("\xF0\x9F\x98"));
}

TEST(PreparedPhrase, StopWordsWeighLeastAndLongWordsMost) {
    const auto weight = [](const char* word) { return PreparedPhrase(word).weight(); };
    EXPECT_LT(weight("the"), weight("red"));
    EXPECT_LT(weight("red"), weight("milk"));
    EXPECT_LT(weight("milk"), weight("pomegranate"));
}

TEST(PreparedPhrase, HostileLengthsAreBounded) {
    EXPECT_LE(PreparedPhrase(std::string(50'000'000, 'a')).words().front().folded.size(), PreparedPhrase::letters_max);
    std::string many;
    for (int i = 0; i < 100'000; ++i) {
        many.append("w").append(1, static_cast<char>('a' + i % 26)).append(1, static_cast<char>('a' + i / 26 % 26));
        many.append("x").append(std::to_string(i)).append(" ");
    }
    EXPECT_LE(PreparedPhrase(many).words().size(), PreparedPhrase::words_max);
}

} // namespace
} // namespace vitrine
