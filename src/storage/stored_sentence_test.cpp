#include "storage/stored_sentence.hpp"

#include <gtest/gtest.h>

namespace vitrine {
namespace {

TEST(StoredSentenceTest, APlainSentenceStaysAsItIs) {
    EXPECT_EQ(stored_sentence("Zu dunkel: Größe 0."), "Zu dunkel: Größe 0.");
}

TEST(StoredSentenceTest, NoTextIsNoText) {
    EXPECT_EQ(stored_sentence(""), "");
}

TEST(StoredSentenceTest, BrokenBytesAndNulsBecomeReplacementCharacters) {
    EXPECT_EQ(stored_sentence(std::string("a\xff"
                                          "b\0c",
                                          5)),
              "a\uFFFDb\uFFFDc");
}

TEST(StoredSentenceTest, ACharacterCutInTwoIsNotStoredByHalves) {
    EXPECT_EQ(stored_sentence("Gr\xc3"), "Gr\uFFFD");
}

TEST(StoredSentenceTest, ALongTextIsCutAtAWholeCharacter) {
    std::string longer;
    for (std::size_t i = 0; i <= stored_sentence_max; ++i) longer += "ß";
    std::string expected;
    for (std::size_t i = 0; i + 1 < stored_sentence_max; ++i) expected += "ß";
    EXPECT_EQ(stored_sentence(longer), expected + "…");
}

TEST(StoredSentenceTest, ATextOfJustTheLimitIsNotCut) {
    const std::string text(stored_sentence_max, 'x');
    EXPECT_EQ(stored_sentence(text), text);
}

TEST(StoredSentenceTest, AHugeTextIsBounded) {
    EXPECT_LE(stored_sentence(std::string(50'000'000, '\xf0')).size(), stored_sentence_max * 3 + 3);
}

} // namespace
} // namespace vitrine
