#include "ml/label_reader.hpp"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "ml/ean_profile.hpp"
#include "ml/painted_pictures.hpp"

namespace vitrine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A red package with its name and its code on it.
Picture package() {
    cv::Mat sheet(420, 420, CV_8UC3, cv::Scalar(250, 250, 250));
    cv::rectangle(sheet, cv::Rect(40, 30, 340, 360), cv::Scalar(205, 30, 40), cv::FILLED);
    cv::putText(sheet, "ORGANIC MILK", {65, 130}, cv::FONT_HERSHEY_DUPLEX, 1.2, cv::Scalar(250, 250, 250), 2,
                cv::LINE_AA);
    cv::rectangle(sheet, cv::Rect(90, 250, 250, 110), cv::Scalar(255, 255, 255), cv::FILLED);
    const auto modules = ean_modules(EanLayout::Ean13, "4006381333931");
    for (int i = 0; i < static_cast<int>(modules->size()); ++i) {
        const bool dark = (*modules)[static_cast<std::size_t>(i)] == 1;
        if (dark) cv::rectangle(sheet, cv::Rect(120 + 2 * i, 260, 2, 90), cv::Scalar(0, 0, 0), cv::FILLED);
    }
    return {sheet.cols, sheet.rows, {sheet.data, sheet.data + sheet.total() * 3}};
}

class LabelReaderTest : public testing::Test {
protected:
    static void SetUpTestSuite() { reader_ = std::make_unique<LabelReader>(); }
    static void TearDownTestSuite() { reader_.reset(); }
    static StructuredLabel read(const Picture& picture) { return reader_->read(picture); }

private:
    static inline std::unique_ptr<LabelReader> reader_; // loading the text model takes longer than most tests
};

TEST_F(LabelReaderTest, APackageIsToldByColourTextAndCode) {
    const auto label = read(package());
    ASSERT_THAT(label.colors, testing::Not(IsEmpty()));
    EXPECT_EQ(label.colors.front(), "red");
    EXPECT_EQ(label.text, "ORGANIC MILK");
    EXPECT_THAT(label.barcodes, ElementsAre(Barcode{"ean13", "4006381333931"}));
    EXPECT_EQ(label.confidence, 1.0);
}

TEST_F(LabelReaderTest, WhatCannotBeKnownStaysEmpty) {
    const auto label = read(package());
    EXPECT_EQ(label.category, "");
    EXPECT_EQ(label.style, "");
    EXPECT_EQ(label.material, "");
    EXPECT_EQ(label.description, "");
}

TEST_F(LabelReaderTest, PicturesOfNothingHaveLittleConfidence) {
    for (const auto& [name, picture] : odd_pictures()) {
        const auto label = read(picture);
        EXPECT_LE(label.confidence, 0.25) << name;
        EXPECT_GE(label.confidence, 0.0) << name;
        EXPECT_EQ(label.text, "") << name;
        EXPECT_THAT(label.barcodes, IsEmpty()) << name;
    }
}

TEST_F(LabelReaderTest, APictureWithoutPixelsHasAnEmptyLabel) {
    EXPECT_EQ(read({}), StructuredLabel{});
}

TEST_F(LabelReaderTest, EveryLabelCanBeStoredAndReadBack) {
    auto pictures = odd_pictures();
    pictures.push_back({"package", package()});
    for (const auto& [name, picture] : pictures) {
        const auto label = read(picture);
        EXPECT_EQ(structured_label_from_json(to_json(label)).text, label.text) << name;
    }
}

TEST_F(LabelReaderTest, TheSamePictureHasTheSameLabel) {
    EXPECT_EQ(read(package()), read(package()));
}

} // namespace
} // namespace vitrine
