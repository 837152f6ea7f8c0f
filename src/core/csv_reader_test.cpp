#include "core/csv_reader.hpp"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<CsvRow> rows_of(const std::string& text, const CsvLimits& limits = {}) {
    std::istringstream in(text);
    CsvReader reader(in, limits);
    std::vector<CsvRow> rows;
    while (auto row = reader.next()) {
        rows.push_back(std::move(*row));
    }
    return rows;
}

std::string why_no_header(const std::string& text) {
    std::istringstream in(text);
    try {
        const CsvReader reader(in);
        return "accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::BadInput);
        return error.what();
    }
}

std::vector<std::size_t> lines_of(const std::vector<CsvRow>& rows) {
    std::vector<std::size_t> lines;
    for (const auto& row : rows) {
        lines.push_back(row.line);
    }
    return lines;
}

TEST(CsvReader, ReadsHeaderAndRows) {
    std::istringstream in("product_id,name\n1,Shoe\n2,Lamp\n");
    CsvReader reader(in);
    EXPECT_THAT(reader.header(), ElementsAre("product_id", "name"));
    EXPECT_THAT(reader.next()->fields, ElementsAre("1", "Shoe"));
    EXPECT_THAT(reader.next()->fields, ElementsAre("2", "Lamp"));
    EXPECT_FALSE(reader.next());
    EXPECT_FALSE(reader.next());
}

TEST(CsvReader, EveryLineEndReadsTheSame) {
    for (const std::string end : {"\n", "\r\n", "\r"}) {
        const auto rows = rows_of("a,b" + end + "1,2" + end + end + "3,4");
        ASSERT_THAT(rows, SizeIs(2));
        EXPECT_THAT(rows[0].fields, ElementsAre("1", "2"));
        EXPECT_THAT(rows[1].fields, ElementsAre("3", "4"));
        EXPECT_THAT(lines_of(rows), ElementsAre(2, 4));
    }
}

TEST(CsvReader, AByteOrderMarkIsNoPartOfTheFirstName) {
    std::istringstream in("\xEF\xBB\xBF\"a\",b\n");
    EXPECT_THAT(CsvReader(in).header(), ElementsAre("a", "b"));
}

TEST(CsvReader, SpacesAroundColumnNamesDoNotCount) {
    std::istringstream in(" a ,\tb\r\n");
    EXPECT_THAT(CsvReader(in).header(), ElementsAre("a", "b"));
}

TEST(CsvReader, QuotedFieldsHoldCommasQuotesAndLineBreaksAsTheyAre) {
    const auto rows = rows_of("a,b\n\"1,\"\"x\"\"\",\"two\r\nlines\"\n3,4\n");
    ASSERT_THAT(rows, SizeIs(2));
    EXPECT_THAT(rows[0].fields, ElementsAre("1,\"x\"", "two\r\nlines"));
    EXPECT_THAT(lines_of(rows), ElementsAre(2, 4));
}

TEST(CsvReader, EmptyFieldsAreFields) {
    const auto rows = rows_of("a,b,c\n,,\n\"\",x,\n");
    ASSERT_THAT(rows, SizeIs(2));
    EXPECT_THAT(rows[0].fields, ElementsAre("", "", ""));
    EXPECT_THAT(rows[1].fields, ElementsAre("", "x", ""));
}

TEST(CsvReader, AQuoteInsideAPlainFieldIsAnInch) {
    EXPECT_THAT(rows_of("a,b\n5\" nail,x\n")[0].fields, ElementsAre("5\" nail", "x"));
}

TEST(CsvReader, TextInAnyScriptComesThrough) {
    EXPECT_THAT(rows_of("a,b\nÑandú,日本🦤\n")[0].fields, ElementsAre("Ñandú", "日本🦤"));
}

TEST(CsvReader, ARaggedRowIsReportedByItsLineAndTheRestAreRead) {
    const auto rows = rows_of("a,b\n1\n1,2,3\n4,5\n");
    ASSERT_THAT(rows, SizeIs(3));
    EXPECT_THAT(rows[0].error, HasSubstr("1 fields"));
    EXPECT_THAT(rows[1].error, HasSubstr("3 fields"));
    EXPECT_THAT(rows[2].error, IsEmpty());
    EXPECT_THAT(lines_of(rows), ElementsAre(2, 3, 4));
}

TEST(CsvReader, ARaggedRowOverSeveralLinesSaysWhereItEnds) {
    const auto rows = rows_of("a,b\n\"1,2\n3,4\n5\",6,7\n8,9\n");
    ASSERT_THAT(rows, SizeIs(2));
    EXPECT_THAT(rows[0].error, HasSubstr("to line 4"));
    EXPECT_THAT(rows[1].fields, ElementsAre("8", "9"));
}

TEST(CsvReader, BytesThatAreNotUtf8MakeABadRow) {
    const auto rows = rows_of("a,b\ncaf\xE9,1\n\xC0\xAF,1\n\xED\xA0\x80,1\nx,y\n");
    ASSERT_THAT(rows, SizeIs(4));
    for (int i = 0; i < 3; ++i) {
        EXPECT_THAT(rows[i].error, HasSubstr("Field 1 is not valid UTF-8"));
        EXPECT_THAT(rows[i].fields, IsEmpty());
    }
    EXPECT_THAT(rows[3].fields, ElementsAre("x", "y"));
}

TEST(CsvReader, ANulByteMakesABadRow) {
    const auto rows = rows_of(std::string("a,b\n1,\0\n3,4\n", 12));
    ASSERT_THAT(rows, SizeIs(2));
    EXPECT_THAT(rows[0].error, HasSubstr("NUL"));
    EXPECT_THAT(rows[1].fields, ElementsAre("3", "4"));
}

TEST(CsvReader, ATenMegabyteFieldIsOneBadRowQuotedOrNot) {
    const std::string large(10'000'000, 'x');
    for (const auto& field : {large, "\"" + large + "\"", "\"" + large + "\n" + large + "\""}) {
        const auto rows = rows_of("a,b\n1,2\n" + field + ",2\n3,4\n");
        ASSERT_THAT(rows, SizeIs(3));
        EXPECT_EQ(rows[1].line, 3U);
        EXPECT_THAT(rows[1].error, HasSubstr("Field 1 is longer than 1048576 bytes"));
        EXPECT_THAT(rows[2].fields, ElementsAre("3", "4"));
    }
}

TEST(CsvReader, ARecordsBytesAndFieldsAreLimited) {
    const CsvLimits limits{.field_bytes_max = 10, .record_bytes_max = 15, .columns_max = 3};
    const auto rows = rows_of("a,b,c\n0123456789,01234,\n0123456789,012345,\n,,,\n01234567890,,\n1,2,3\n", limits);
    ASSERT_THAT(rows, SizeIs(5));
    EXPECT_THAT(rows[0].error, IsEmpty());
    EXPECT_THAT(rows[1].error, HasSubstr("longer than 15 bytes"));
    EXPECT_THAT(rows[2].error, HasSubstr("more than 3 fields"));
    EXPECT_THAT(rows[3].error, HasSubstr("longer than 10 bytes"));
    EXPECT_THAT(rows[4].error, IsEmpty());
}

TEST(CsvReader, AForgottenQuoteCostsOneRow) {
    const auto rows = rows_of("a,b\n\"1,2\n3,4\n5,\"six\"\n7,8\n");
    ASSERT_THAT(rows, SizeIs(4));
    EXPECT_THAT(rows[0].error, HasSubstr("closing quote"));
    EXPECT_THAT(rows[1].fields, ElementsAre("3", "4"));
    EXPECT_THAT(rows[2].fields, ElementsAre("5", "six"));
    EXPECT_THAT(rows[3].fields, ElementsAre("7", "8"));
    EXPECT_THAT(lines_of(rows), ElementsAre(2, 3, 4, 5));
}

TEST(CsvReader, AQuoteThatIsNeverClosedCostsOneRowHoweverMuchFollows) {
    std::string text = "a,b\n\"1,2\n";
    for (int i = 0; i < 1'000'000; ++i) {
        text += "3,4\n";
    }
    std::istringstream in(text);
    CsvReader reader(in);
    EXPECT_THAT(reader.next()->error, HasSubstr("never closed"));
    std::size_t good = 0;
    while (const auto row = reader.next()) {
        good += row->error.empty();
    }
    EXPECT_EQ(good, 1'000'000U);
}

TEST(CsvReader, LinesMadeToBeReadAgainAndAgainStopBeingSo) {
    std::string text = "a,b\n";
    for (int i = 0; i < 200'000; ++i) {
        text += "a\",\"\"\"\n"; // from outside it opens a quote; from inside it closes one and opens one
    }
    const auto rows = rows_of(text);
    EXPECT_THAT(rows, SizeIs(testing::Lt(1000U)));
}

TEST(CsvReader, TextAfterAClosingQuoteMakesABadRow) {
    const auto rows = rows_of("a,b\n\"1\"x,2\n3,4\n");
    ASSERT_THAT(rows, SizeIs(2));
    EXPECT_THAT(rows[0].error, HasSubstr("closing quote"));
    EXPECT_THAT(rows[1].fields, ElementsAre("3", "4"));
}

TEST(CsvReader, AHeaderThatCannotBeUsedIsSaidWithItsLine) {
    EXPECT_THAT(why_no_header(""), HasSubstr("empty"));
    EXPECT_THAT(why_no_header("\xEF\xBB\xBF"), HasSubstr("empty"));
    EXPECT_THAT(why_no_header("\n\n"), HasSubstr("empty"));
    EXPECT_THAT(why_no_header("\na,b,a\n"), testing::AllOf(HasSubstr("Line 2"), HasSubstr("'a' twice")));
    EXPECT_THAT(why_no_header("a,\"b\n1,2\n"), testing::AllOf(HasSubstr("Line 1"), HasSubstr("never closed")));
    EXPECT_THAT(why_no_header("n\xE4me,b\n"), HasSubstr("UTF-8"));
    EXPECT_THAT(why_no_header(std::string("\xFF\xFE"
                                          "a\0,\0b\0",
                                          8)),
                HasSubstr("UTF-8"));
}

// What a pipe is: it can neither tell nor seek.
class OneWay : public std::streambuf {
public:
    explicit OneWay(std::string text) : text_(std::move(text)) {
        setg(text_.data(), text_.data(), text_.data() + text_.size());
    }

private:
    std::string text_;
};

TEST(CsvReader, ReadsAPipeAlso) {
    OneWay pipe("\xEF\xBB\xBF"
                "a,b\n1,2\n");
    std::istream in(&pipe);
    CsvReader reader(in);
    EXPECT_THAT(reader.next()->fields, ElementsAre("1", "2"));
    EXPECT_FALSE(reader.next());

    OneWay short_pipe("a");
    std::istream short_in(&short_pipe);
    EXPECT_THAT(CsvReader(short_in).header(), ElementsAre("a"));
}

TEST(CsvReader, AStreamThatFailsIsUnavailableAndNotAnEnd) {
    struct Broken : std::streambuf {
        int_type underflow() override { throw std::runtime_error("the disk is gone"); }
    } broken;
    std::istream in(&broken);
    try {
        const CsvReader reader(in);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Unavailable);
    }
}

} // namespace
} // namespace vitrine
