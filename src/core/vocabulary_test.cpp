#include "core/vocabulary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "core/lexical_match.hpp"

namespace vitrine {
namespace {

using testing::HasSubstr;

std::string why_refused(std::string_view text) {
    try {
        const Vocabulary vocabulary(text, "words.txt");
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Configuration);
        return error.what();
    }
    return "accepted";
}

TEST(Vocabulary, TheBuiltinOneIsAFileOfItsOwnForm) {
    EXPECT_EQ(why_refused(Vocabulary::builtin_text()), "accepted");
    const auto& words = Vocabulary::builtin();
    EXPECT_EQ(words.canonical("grey"), "gray");
    EXPECT_EQ(words.canonical("sneakers"), "trainer");
    EXPECT_EQ(words.canonical("kettle"), "kettle");
    EXPECT_EQ(words.joined("t", "shirts"), "tshirt");
    EXPECT_EQ(words.joined("shirt", "t"), "");
    EXPECT_TRUE(words.is_stop("with"));
    EXPECT_LT(words.weight("with"), words.weight("red"));
    EXPECT_LT(words.weight("red"), words.weight("marmalade"));
    const auto counts = words.counts();
    EXPECT_EQ(counts.synonyms, 77U);
    EXPECT_EQ(counts.joins, 9U);
    EXPECT_EQ(counts.common, 45U);
    EXPECT_EQ(counts.stop, 37U);
}

TEST(Vocabulary, AShopsWordsAreFoldedAndComparedAsItSays) {
    const Vocabulary words("\xEF\xBB\xBF# Svenska\r\n"
                           "same  Grå\tgrått SILVER # colours\r\n"
                           "same grå koks\n"
                           "\n"
                           "join tr\xC3\xB6ja lång långtröja\n"
                           "common storlek\nstop och",
                           "words.txt");
    EXPECT_EQ(words.canonical("gratt"), "gra");
    EXPECT_EQ(words.canonical("koks"), "gra");
    EXPECT_EQ(words.canonical("silver"), "gra");
    EXPECT_EQ(words.canonical("grey"), "grey") << "the builtin words are not read beside it";
    EXPECT_EQ(words.joined("troja", "lang"), "langtroja");
    EXPECT_TRUE(words.is_stop("och"));
    EXPECT_FALSE(words.is_stop("with"));
    EXPECT_EQ(words.weight("storlek"), 0.5);
}

TEST(Vocabulary, WhatItSaysDecidesHowPhrasesFit) {
    const Vocabulary words("same kaffe coffee java", "words.txt");
    const std::vector<std::string> phrases{"Java", "tea"};
    const auto scores = lexical_match("kaffe", phrases, words);
    EXPECT_EQ(scores[0], 1.0);
    EXPECT_EQ(scores[1], 0.0);
    EXPECT_EQ(lexical_match("kaffe", phrases)[0], 0.0);
}

TEST(Vocabulary, AnEmptyFileIsNoWordsAtAll) {
    const Vocabulary words("# nothing\n", "words.txt");
    EXPECT_EQ(words.canonical("grey"), "grey");
    EXPECT_FALSE(words.is_stop("the"));
}

TEST(Vocabulary, AWrongLineIsRefusedByFileAndLine) {
    EXPECT_THAT(why_refused("same a b\nsynonym a b"), HasSubstr("words.txt, line 2: a line must begin with same"));
    EXPECT_THAT(why_refused("same gray"), HasSubstr("line 1: 'same' must be followed by two"));
    EXPECT_THAT(why_refused("join t shirt"), HasSubstr("three words"));
    EXPECT_THAT(why_refused("join a b c\njoin a b d"), HasSubstr("line 2: 'a b' is 'c' already"));
    EXPECT_THAT(why_refused("\n\nsame tshirt T-Shirt"), HasSubstr("line 3: 'T-Shirt' is not one word"));
    EXPECT_THAT(why_refused("stop --"), HasSubstr("'--' is not one word"));
    EXPECT_THAT(why_refused("stop \xFF\x01"), HasSubstr("what stands there is not one word"));
}

TEST(Vocabulary, AWordIsComparedAsOneOtherAndThatOneAsItself) {
    EXPECT_THAT(why_refused("same gray grey\nsame silver grey"), HasSubstr("line 2: 'grey' is compared as 'gray'"));
    EXPECT_THAT(why_refused("same a b\nsame b c"), HasSubstr("line 2: 'b' is itself compared as 'a'"));
    EXPECT_THAT(why_refused("same b c\nsame a b"), HasSubstr("line 1: 'b' is itself compared as 'a'"));
    EXPECT_EQ(why_refused("same gray grey\nsame gray grey silver\nsame Gray gray"), "accepted");
}

TEST(Vocabulary, AHugeFileAndHugeWordsAreRefused) {
    EXPECT_THAT(why_refused(std::string(Vocabulary::bytes_max + 1, '\n')), HasSubstr("1 MiB"));
    EXPECT_THAT(why_refused("stop " + std::string(101, 'a')), HasSubstr("100 bytes"));
    std::string many;
    for (std::size_t i = 0; i <= Vocabulary::words_max; ++i) many += "stop a\n";
    EXPECT_THAT(why_refused(many), HasSubstr("line 20001: there must be at most 20,000 words"));
}

} // namespace
} // namespace vitrine
