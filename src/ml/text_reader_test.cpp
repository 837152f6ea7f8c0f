#include "ml/text_reader.hpp"

#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include <vitrine/error.hpp>

#include "ml/painted_pictures.hpp"
#include "ml/text_lines.hpp"

namespace vitrine {
namespace {

using testing::HasSubstr;

/// The text written across the middle of a picture, tilted.
Picture written(const std::string& text, double degrees = 0.0, bool light = false) {
    const int ink = light ? 235 : 20;
    const int ground = light ? 40 : 225;
    cv::Mat sheet(400, 400, CV_8UC3, cv::Scalar::all(ground));
    const auto size = cv::getTextSize(text, cv::FONT_HERSHEY_DUPLEX, 1.2, 2, nullptr);
    cv::putText(sheet, text, {200 - size.width / 2, 200 + size.height / 2}, cv::FONT_HERSHEY_DUPLEX, 1.2,
                cv::Scalar::all(ink), 2, cv::LINE_AA);
    const cv::Mat turn = cv::getRotationMatrix2D({200, 200}, degrees, 1.0);
    cv::warpAffine(sheet, sheet, turn, sheet.size(), cv::INTER_LINEAR, cv::BORDER_CONSTANT, cv::Scalar::all(ground));
    return {sheet.cols, sheet.rows, {sheet.data, sheet.data + sheet.total() * 3}};
}

class TextReaderTest : public testing::Test {
protected:
    // Time enough to read all there is, however loaded or instrumented: the limit has a test of its own.
    static void SetUpTestSuite() {
        TextReaderOptions options;
        options.time_limit = std::chrono::minutes(5);
        reader_ = std::make_unique<TextReader>(options);
    }
    static void TearDownTestSuite() { reader_.reset(); }
    static const TextReader& reader() { return *reader_; }

private:
    static inline std::unique_ptr<TextReader> reader_; // loading the model takes longer than most tests
};

TEST_F(TextReaderTest, AWordIsReadAndSure) {
    const auto read = reader().read(written("ORGANIC MILK"));
    EXPECT_EQ(read.text, "ORGANIC MILK");
    EXPECT_GT(read.confidence, 0.6);
    EXPECT_LE(read.confidence, 1.0);
}

TEST_F(TextReaderTest, TiltedTextIsRead) {
    for (const double degrees : {-30.0, -15.0, 12.0, 25.0}) {
        EXPECT_EQ(reader().read(written("ORGANIC MILK", degrees)).text, "ORGANIC MILK") << degrees;
    }
}

TEST_F(TextReaderTest, LightTextOnDarkIsRead) {
    EXPECT_EQ(reader().read(written("ORGANIC MILK", 0.0, true)).text, "ORGANIC MILK");
}

TEST_F(TextReaderTest, NoiseAndPlainPicturesHaveNoText) {
    for (const auto& [name, picture] : odd_pictures()) {
        const auto read = reader().read(picture);
        EXPECT_EQ(read.text, "") << name;
        EXPECT_EQ(read.confidence, 0.0) << name;
    }
}

TEST_F(TextReaderTest, TheSamePictureReadsTheSameEveryTime) {
    const auto picture = written("Vanilla Yoghurt", 8.0);
    const auto first = reader().read(picture);
    EXPECT_EQ(reader().read(picture).text, first.text);
    EXPECT_EQ(reader().read(picture).confidence, first.confidence);
}

TEST_F(TextReaderTest, ManyThreadsReadAtOnce) {
    const auto picture = written("ORGANIC MILK");
    std::vector<std::string> texts(4);
    {
        std::vector<std::jthread> threads;
        for (auto& mine : texts) threads.emplace_back([&] { mine = reader().read(picture).text; });
    }
    for (const auto& text : texts) EXPECT_EQ(text, "ORGANIC MILK");
}

TEST(TextReader, ReadingTurnedOffNeedsNoModel) {
    TextReaderOptions options;
    options.enabled = false;
    options.tessdata = "/nowhere";
    EXPECT_EQ(TextReader(options).read(written("MILK")).text, "");
}

TEST(TextReader, AMissingModelIsAConfigurationErrorThatNamesTheFolder) {
    TextReaderOptions options;
    options.tessdata = "/nowhere/tessdata";
    try {
        const TextReader reader(options);
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Configuration);
        EXPECT_THAT(error.what(), HasSubstr("/nowhere/tessdata"));
    }
}

TEST(TextReader, NoTimeReadsNothing) {
    TextReaderOptions options;
    options.time_limit = std::chrono::milliseconds(0);
    EXPECT_EQ(TextReader(options).read(written("MILK")).text, "");
}

TEST(TextLines, ALineLiesWhereItIsWritten) {
    const auto lines = find_text_lines(written("ORGANIC MILK", -20.0), 5);
    ASSERT_FALSE(lines.empty());
    EXPECT_NEAR(lines.front().x, 200, 10);
    EXPECT_NEAR(lines.front().y, 200, 10);
    EXPECT_NEAR(lines.front().angle, 20, 4); // the picture's y axis points down
    EXPECT_GE(lines.front().letters, 8);
}

TEST(TextLines, NoMoreLinesThanAskedFor) {
    EXPECT_LE(find_text_lines(noise(500, 500, 3), 4).size(), 4U);
    EXPECT_TRUE(find_text_lines(written("MILK"), 0).empty());
}

} // namespace
} // namespace vitrine
