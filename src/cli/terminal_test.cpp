#include "cli/terminal.hpp"

#include <gtest/gtest.h>

namespace vitrine::cli {
namespace {

TEST(Terminal, ControlsAndBrokenTextBecomeSpaces) {
    EXPECT_EQ(one_line("red\x1b[31m\a mug\n"), "red [31m  mug ");
    EXPECT_EQ(one_line("caf\xE9"), "caf ");
    EXPECT_EQ(one_line("abc\xE2\x80\xAE"
                       "def"),
              "abc def"); // right-to-left override
    EXPECT_EQ(one_line("日本 ñ"), "日本 ñ");
}

TEST(Terminal, WideCharactersTakeTwoColumnsAndMarksNone) {
    EXPECT_EQ(columns_of("mug"), 3U);
    EXPECT_EQ(columns_of("日本"), 4U);
    EXPECT_EQ(columns_of("e\u0301"), 1U);
}

TEST(Terminal, ClippedTextIsNeverWiderThanAsked) {
    EXPECT_EQ(clipped("mug", 3), "mug");
    EXPECT_EQ(clipped("mugs", 3), "mu…");
    EXPECT_EQ(clipped("日本語", 4), "日…");
    EXPECT_EQ(clipped("mug", 0), "");
    EXPECT_EQ(clipped("mug", 1), "…");
}

} // namespace
} // namespace vitrine::cli
