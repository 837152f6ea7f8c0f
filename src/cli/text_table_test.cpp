#include "cli/text_table.hpp"

#include <sstream>

#include <gtest/gtest.h>

namespace vitrine::cli {
namespace {

std::string printed(const TextTable& table, std::optional<std::size_t> columns) {
    std::ostringstream out;
    table.print(out, columns);
    return out.str();
}

TEST(TextTable, AlignsColumnsByWhatATerminalShows) {
    TextTable table({"ID", "NAME"});
    table.add({"1", "日本"});
    table.add({"10", "a"});
    EXPECT_EQ(printed(table, std::nullopt), "ID  NAME\n1   日本\n10  a\n");
}

TEST(TextTable, CutsTheWidestCellsToFitATerminal) {
    TextTable table({"ID", "NAME"});
    table.add({"1", "a name that is far too long"});
    EXPECT_EQ(printed(table, 12), "ID  NAME\n1   a name …\n");
}

TEST(TextTable, NeverCutsAColumnAway) {
    TextTable table({"FIRST", "SECOND"});
    table.add({"aaaaaaaa", "bbbbbbbb"});
    EXPECT_EQ(printed(table, 3), "FIR…  SEC…\naaa…  bbb…\n");
}

TEST(TextTable, ARowOfTooFewCellsIsFilledUp) {
    TextTable table({"A", "B"});
    table.add({"1"});
    EXPECT_EQ(printed(table, std::nullopt), "A  B\n1\n");
}

} // namespace
} // namespace vitrine::cli
