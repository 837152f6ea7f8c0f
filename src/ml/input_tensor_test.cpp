#include "ml/input_tensor.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

Picture filled(int width, int height, std::uint8_t r, std::uint8_t g, std::uint8_t b) {
    Picture picture{.width = width, .height = height, .rgb = {}};
    for (int i = 0; i < width * height; ++i) picture.rgb.insert(picture.rgb.end(), {r, g, b});
    return picture;
}

InputSpec spec_of(int width, int height) {
    InputSpec spec;
    spec.width = width;
    spec.height = height;
    return spec;
}

TEST(InputTensor, ChannelsAreInTheDeclaredOrderWithMeanTakenOffAndScaled) {
    auto spec = spec_of(8, 8);
    spec.mean = {10, 20, 30};
    spec.scale = {1, 0.5, 0.1};
    std::vector<float> input(3 * 64);
    const auto picture = filled(4, 4, 100, 150, 200);
    write_input(picture, {0, 0, 4, 4}, spec, input);
    EXPECT_FLOAT_EQ(input[0], 90);
    EXPECT_FLOAT_EQ(input[64], 65);
    EXPECT_FLOAT_EQ(input[128], 17);
    spec.blue_first = true;
    write_input(picture, {0, 0, 4, 4}, spec, input);
    EXPECT_FLOAT_EQ(input[0], 190);
    EXPECT_FLOAT_EQ(input[128], 7);
}

TEST(InputTensor, LetterboxKeepsProportionsInTheMiddleOfTheFill) {
    auto spec = spec_of(8, 8);
    spec.resize = InputSpec::Resize::Letterbox;
    spec.fill = 7;
    std::vector<float> input(3 * 64);
    const auto placement = write_input(filled(40, 20, 100, 100, 100), {0, 0, 40, 20}, spec, input);
    EXPECT_DOUBLE_EQ(placement.top, 0.25);
    EXPECT_DOUBLE_EQ(placement.height, 0.5);
    EXPECT_FLOAT_EQ(input[8], 7);
    EXPECT_FLOAT_EQ(input[2 * 8], 100);
    EXPECT_EQ(std::ranges::count(input, 100.0F), 3 * 32);
}

TEST(InputTensor, BoxesComeBackToThePictureThroughTheLetterbox) {
    const Placement placement{.left = 0, .top = 0.25, .width = 1, .height = 0.5};
    EXPECT_EQ(to_picture_box({0.25, 0.25, 0.75, 0.75, 1, 0}, placement, 40, 20), (Box{10, 0, 20, 20}));
    EXPECT_EQ(to_picture_box({0.5, 0.5, 2.0, 2.0, 1, 0}, placement, 40, 20), (Box{20, 10, 20, 10}));
    EXPECT_EQ(to_picture_box({0, 0, 1, 0.2, 1, 0}, placement, 40, 20).area(), 0) << "wholly in the fill";
}

TEST(InputTensor, OnlyThePartInsideTheBoxIsSeen) {
    auto picture = filled(8, 4, 0, 0, 0);
    for (int y = 0; y < 4; ++y) {
        for (int x = 4; x < 8; ++x) picture.rgb[std::size_t(y * 8 + x) * 3] = 255;
    }
    std::vector<float> input(3 * 64);
    write_input(picture, {4, 0, 4, 4}, spec_of(8, 8), input);
    EXPECT_TRUE(std::ranges::all_of(std::span(input).first(64), [](float v) { return v == 255.0F; }));
}

TEST(InputTensor, BoxOutsideThePictureIsRefused) {
    std::vector<float> input(3 * 64);
    EXPECT_THROW(write_input(filled(4, 4, 0, 0, 0), {1, 0, 4, 4}, spec_of(8, 8), input), Error);
}

} // namespace
} // namespace vitrine
