#include "ml/detection_decoder.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

using Kind = DetectionDecoder::Kind;

DetectionDecoder decoder_of(Kind kind, int side = 64) {
    DetectionDecoder decoder;
    decoder.kind = kind;
    decoder.input_width = decoder.input_height = side;
    return decoder;
}

std::vector<RawDetection> decode(const std::vector<float>& values, std::vector<std::int64_t> shape,
                                 const DetectionDecoder& decoder, int labels = 2) {
    return decode_detections({.values = values, .shape = std::move(shape)}, decoder, labels);
}

void expect_box(const RawDetection& box, double left, double top, double right, double bottom) {
    EXPECT_NEAR(box.left, left, 1e-5);
    EXPECT_NEAR(box.top, top, 1e-5);
    EXPECT_NEAR(box.right, right, 1e-5);
    EXPECT_NEAR(box.bottom, bottom, 1e-5);
}

TEST(DetectionDecoder, FastestDetReadsTheCellItsOffsetsAndTheGeometricScore) {
    // 1 row of 2 cells, 2 classes: channels objectness, x, y, w, h, class 0, class 1.
    const std::vector<float> values{0.0F, 0.81F, 0, 0.5F, 0, 0, 0, 0, 0, 0, 0.1F, 0.2F, 0.9F, 0.64F};
    const auto boxes = decode(values, {1, 7, 1, 2}, decoder_of(Kind::FastestDet));
    ASSERT_EQ(boxes.size(), 1U);
    EXPECT_EQ(boxes[0].label, 1);
    EXPECT_NEAR(boxes[0].score, std::pow(0.81, 0.6) * std::pow(0.64, 0.4), 1e-6);
    const double cx = (std::tanh(0.5) + 1) / 2;
    expect_box(boxes[0], cx - 0.25, -0.25, cx + 0.25, 0.25);
}

TEST(DetectionDecoder, YoloV5IsInPixelsAndItsScoreIsObjectnessTimesClass) {
    const auto boxes = decode({32, 16, 32, 16, 0.9F, 0.1F, 0.8F, /*weak*/ 32, 16, 8, 8, 0.5F, 0.5F, 0.5F}, {1, 2, 7},
                              decoder_of(Kind::YoloV5));
    ASSERT_EQ(boxes.size(), 1U);
    EXPECT_NEAR(boxes[0].score, 0.72, 1e-6);
    expect_box(boxes[0], 0.25, 0.125, 0.75, 0.375);
}

TEST(DetectionDecoder, YoloV8IsTransposedAndHasNoObjectness) {
    // 3 boxes: rows cx, cy, w, h, class 0, class 1.
    const auto boxes = decode({32, 10, 10, 16, 10, 10, 32, 4, 4, 16, 4, 4, 0.7F, 0.1F, 0.1F, 0.2F, 0.1F, 0.1F},
                              {1, 6, 3}, decoder_of(Kind::YoloV8));
    ASSERT_EQ(boxes.size(), 1U);
    EXPECT_EQ(boxes[0].label, 0);
    expect_box(boxes[0], 0.25, 0.125, 0.75, 0.375);
}

TEST(DetectionDecoder, YoloXAddsTheCellAndTakesTheExponentOfSizes) {
    auto decoder = decoder_of(Kind::YoloX);
    decoder.strides = {32}; // 2 x 2 cells
    std::vector<float> values(4 * 7, 0.0F);
    float* const last = values.data() + 3 * 7;
    last[2] = std::log(0.5F);
    last[4] = 1.0F;
    last[6] = 0.9F;
    const auto boxes = decode(values, {1, 4, 7}, decoder);
    ASSERT_EQ(boxes.size(), 1U);
    expect_box(boxes[0], 0.5 - 0.125, 0.5 - 0.25, 0.5 + 0.125, 0.5 + 0.25);
}

TEST(DetectionDecoder, YoloXWithOtherStridesThanItsRowsIsRefused) {
    auto decoder = decoder_of(Kind::YoloX);
    decoder.strides = {16};
    EXPECT_THROW((void)decode(std::vector<float>(4 * 7), {1, 4, 7}, decoder), Error);
}

TEST(DetectionDecoder, SsdReadsOnlyTheFirstPicturesKnownLabels) {
    const std::vector<float> values{0, 1, 0.9F, 0.1F, 0.2F, 0.3F, 0.4F, 1, 1, 0.9F, 0, 0, 1, 1, 0, 5, 0.9F, 0, 0, 1, 1};
    const auto boxes = decode(values, {1, 1, 3, 7}, decoder_of(Kind::Ssd));
    ASSERT_EQ(boxes.size(), 1U);
    expect_box(boxes[0], 0.1, 0.2, 0.3, 0.4);
}

TEST(DetectionDecoder, NumbersThatAreNotFiniteAreNoBoxes) {
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const std::vector<float> values{nan, 16, 32, 16, 1, 1, 0, 32, 16, infinity, 16, 1, 1, 0, 32, 16, 32, 16, nan, 1, 0};
    EXPECT_TRUE(decode(values, {1, 3, 7}, decoder_of(Kind::YoloV5)).empty());
}

TEST(DetectionDecoder, ShapeOrClassesThatDoNotFitAreRefusedByName) {
    for (const auto kind : {Kind::FastestDet, Kind::YoloV5, Kind::YoloV8, Kind::YoloX, Kind::Ssd}) {
        const auto decoder = decoder_of(kind);
        EXPECT_THROW((void)decode({}, {1, 0, 7}, decoder), Error);
        EXPECT_THROW((void)decode({1, 2, 3}, {1, 3}, decoder), Error);
        EXPECT_THROW((void)decode({1, 2, 3}, {1, 1, 1, 100}, decoder), Error);
        EXPECT_THROW((void)decode({1}, {1, -1, 1LL << 40, 1LL << 40}, decoder), Error);
    }
    try {
        (void)decode(std::vector<float>(9), {1, 1, 9}, decoder_of(Kind::YoloV5));
        FAIL() << "four classes are not two";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::BadInput);
        EXPECT_NE(std::string(error.what()).find("2 classes"), std::string::npos) << error.what();
    }
}

RawDetection box(double left, double right, double score, int label = 0) {
    return {left, 0.0, right, 1.0, score, label};
}

TEST(Repetitions, BoxesOfOneLabelAreJoinedEarlierThanThoseOfTwo) {
    DetectionDecoder decoder;
    decoder.same_label_overlap = 0.45;
    decoder.any_label_overlap = 0.7;
    // 0..1 and 0..0.6 overlap by 0.6; 0..1 and 0..0.9 by 0.9.
    EXPECT_EQ(without_repetitions({box(0, 1, 0.9), box(0, 0.6, 0.8)}, decoder).size(), 1U);
    EXPECT_EQ(without_repetitions({box(0, 1, 0.9), box(0, 0.6, 0.8, 1)}, decoder).size(), 2U);
    EXPECT_EQ(without_repetitions({box(0, 1, 0.9), box(0, 0.9, 0.8, 1)}, decoder).size(), 1U);
}

TEST(Repetitions, BestComeFirstAndAtMostSoMany) {
    DetectionDecoder decoder;
    decoder.boxes_max = 2;
    const auto kept = without_repetitions({box(0, 0.1, 0.5), box(0.2, 0.3, 0.9), box(0.4, 0.5, 0.7)}, decoder);
    ASSERT_EQ(kept.size(), 2U);
    EXPECT_EQ(kept[0].score, 0.9);
    EXPECT_EQ(kept[1].score, 0.7);
}

TEST(Repetitions, HundredThousandBoxesAreNotComparedInPairs) {
    std::vector<RawDetection> many(100'000, box(0, 1, 0.6));
    EXPECT_EQ(without_repetitions(std::move(many), DetectionDecoder{}).size(), 1U);
}

} // namespace
} // namespace vitrine
