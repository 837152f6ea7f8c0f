#include "cli/progress_line.hpp"

#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

namespace vitrine::cli {
namespace {

TEST(ProgressLine, InAPipeIsOneLineForEachTenth) {
    std::ostringstream out;
    {
        ProgressLine progress(out, "imported", 1000, false);
        for (int done = 1; done <= 1000; ++done) progress.show(done, done > 500 ? "2 failed" : "");
    }
    const auto text = out.str();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 10);
    EXPECT_EQ(text.substr(0, text.find('\n')), "imported 100/1000 (10%)");
    EXPECT_NE(text.find("imported 1000/1000 (100%), 2 failed\n"), std::string::npos);
}

TEST(ProgressLine, WithoutATotalIsOneLineForEachThousand) {
    std::ostringstream out;
    ProgressLine progress(out, "imported", 0, false);
    for (int done = 1; done <= 2500; ++done) progress.show(done, "");
    EXPECT_EQ(out.str(), "imported 1000\nimported 2000\n");
}

TEST(ProgressLine, OnATerminalIsDrawnOverAndEndsItsLine) {
    std::ostringstream out;
    {
        ProgressLine progress(out, "imported", 2, true);
        progress.show(1, "");
        progress.show(2, "");
    }
    const auto text = out.str();
    EXPECT_TRUE(text.starts_with('\r'));
    EXPECT_TRUE(text.ends_with('\n'));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
    EXPECT_NE(text.find("[##############################] imported 2/2 (100%)"), std::string::npos);
}

TEST(ProgressLine, ThatWasNeverShownPrintsNothing) {
    std::ostringstream out;
    { ProgressLine progress(out, "imported", 0, true); }
    EXPECT_EQ(out.str(), "");
}

} // namespace
} // namespace vitrine::cli
