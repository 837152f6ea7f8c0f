#include "ml/ean_profile.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace vitrine {
namespace {

/// The bars as brightness, with noise of the given strength and blurred over some samples.
std::vector<float> seen(EanLayout layout, const std::string& digits, float noise = 0.0F, int blur = 0) {
    const auto modules = ean_modules(layout, digits);
    std::vector<float> sharp(ean_profile_size(layout), 200.0F);
    constexpr auto per_module = static_cast<std::size_t>(EanSampling::samples_per_module);
    constexpr std::size_t margin = EanSampling::margin_modules * per_module;
    for (std::size_t i = 0; i < modules->size() * per_module; ++i) {
        if ((*modules)[i / per_module] == 1) sharp[margin + i] = 40.0F;
    }
    std::mt19937 random(5);
    std::normal_distribution<float> grain(0.0F, 1.0F);
    std::vector<float> profile(sharp.size());
    for (int i = 0; i < static_cast<int>(sharp.size()); ++i) {
        float sum = 0.0F;
        for (int j = i - blur; j <= i + blur; ++j) {
            sum += sharp[static_cast<std::size_t>(std::clamp(j, 0, static_cast<int>(sharp.size()) - 1))];
        }
        profile[static_cast<std::size_t>(i)] = sum / static_cast<float>(2 * blur + 1) + noise * grain(random);
    }
    return profile;
}

TEST(EanProfile, LayoutsHaveTheModulesOfTheStandard) {
    EXPECT_EQ(ean_modules(EanLayout::Ean13, "4006381333931")->size(), 95U);
    EXPECT_EQ(ean_modules(EanLayout::Ean8, "73513537")->size(), 67U);
    EXPECT_EQ(ean_modules(EanLayout::UpcE, "04963406")->size(), 51U);
}

TEST(EanProfile, OtherTextsHaveNoBars) {
    EXPECT_FALSE(ean_modules(EanLayout::Ean13, "123"));
    EXPECT_FALSE(ean_modules(EanLayout::Ean13, "40063813339a1"));
    EXPECT_FALSE(ean_modules(EanLayout::UpcE, "24963406"));
    EXPECT_FALSE(ean_modules(EanLayout::Ean8, ""));
}

TEST(EanProfile, TheDigitsThatAreSeenAreClear) {
    EXPECT_GT(ean_margin(EanLayout::Ean13, "4006381333931", seen(EanLayout::Ean13, "4006381333931")), 0.1);
    EXPECT_GT(ean_margin(EanLayout::Ean8, "73513537", seen(EanLayout::Ean8, "73513537")), 0.1);
    EXPECT_GT(ean_margin(EanLayout::UpcE, "04963406", seen(EanLayout::UpcE, "04963406")), 0.1);
}

TEST(EanProfile, BlurredAndNoisyDigitsAreStillTheBestExplanation) {
    const auto profile = seen(EanLayout::Ean13, "4006381333931", 6.0F, 3);
    EXPECT_GT(ean_margin(EanLayout::Ean13, "4006381333931", profile), 0.0);
}

TEST(EanProfile, OneWrongDigitIsNotBelieved) {
    const std::string right = "4006381333931";
    const auto profile = seen(EanLayout::Ean13, right, 3.0F, 1);
    for (std::size_t place = 0; place < right.size(); ++place) {
        std::string wrong = right;
        wrong[place] = wrong[place] == '9' ? '0' : static_cast<char>(wrong[place] + 1);
        EXPECT_LT(ean_margin(EanLayout::Ean13, wrong, profile), 0.0) << wrong;
    }
}

TEST(EanProfile, ANoisyOrFlatProfileShowsNoDigits) {
    std::vector<float> flat(ean_profile_size(EanLayout::Ean13), 128.0F);
    EXPECT_LE(ean_margin(EanLayout::Ean13, "4006381333931", flat), 0.0);
    std::mt19937 random(3);
    for (auto& value : flat) value = static_cast<float>(random() % 256);
    EXPECT_LT(ean_margin(EanLayout::Ean13, "4006381333931", flat), 0.0);
}

TEST(EanProfile, AProfileOfTheWrongLengthIsRefused) {
    EXPECT_EQ(ean_margin(EanLayout::Ean13, "4006381333931", {}), -1.0);
    EXPECT_EQ(ean_margin(EanLayout::Ean8, "73513537", seen(EanLayout::Ean13, "4006381333931")), -1.0);
}

} // namespace
} // namespace vitrine
