#include "core/local_features.hpp"

#include <limits>
#include <random>

#include <gtest/gtest.h>

#include <vitrine/error.hpp>

namespace vitrine {
namespace {

LocalFeatures some_features(std::size_t count) {
    std::mt19937 random(7);
    std::uniform_real_distribution<float> place(0.0F, 1000.0F);
    LocalFeatures features(count);
    for (auto& feature : features) {
        feature.x = place(random);
        feature.y = place(random);
        feature.scale = place(random);
        feature.angle = 1.0F;
        for (auto& value : feature.descriptor) {
            value = static_cast<std::uint8_t>(random());
        }
    }
    return features;
}

void expect_corrupted(const std::string& bytes) {
    try {
        static_cast<void>(local_features_from_bytes(bytes));
        FAIL() << "read " << bytes.size() << " bytes";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Corrupted);
    }
}

TEST(LocalFeatures, ComeBackExactly) {
    const auto stored = some_features(300);
    const auto read = local_features_from_bytes(to_bytes(stored));
    ASSERT_EQ(read.size(), stored.size());
    for (std::size_t i = 0; i < stored.size(); ++i) {
        EXPECT_EQ(read[i].x, stored[i].x);
        EXPECT_EQ(read[i].y, stored[i].y);
        EXPECT_EQ(read[i].scale, stored[i].scale);
        EXPECT_EQ(read[i].angle, stored[i].angle);
        EXPECT_EQ(read[i].descriptor, stored[i].descriptor);
    }
}

TEST(LocalFeatures, OfAPlainPictureAreNone) {
    EXPECT_TRUE(local_features_from_bytes(to_bytes({})).empty());
}

TEST(LocalFeatures, AreLittleEndianOnEveryMachine) {
    LocalFeatures one(1);
    one[0].x = 1.0F; // 0x3F800000
    const auto bytes = to_bytes(one);
    EXPECT_EQ(bytes.substr(0, 8), std::string("VLF\x01\x01\0\0\0", 8));
    EXPECT_EQ(bytes.substr(8, 4), std::string("\0\0\x80\x3F", 4));
}

TEST(LocalFeatures, EveryCutIsFoundCorrupted) {
    const auto bytes = to_bytes(some_features(2));
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        expect_corrupted(bytes.substr(0, length));
    }
    expect_corrupted(bytes + "x");
}

TEST(LocalFeatures, ANewerVersionIsRefused) {
    auto bytes = to_bytes(some_features(1));
    bytes[3] = 2;
    expect_corrupted(bytes);
}

TEST(LocalFeatures, ACountOverTheMaximumIsRefusedBeforeAnythingIsAllocated) {
    expect_corrupted(std::string("VLF\x01\xFF\xFF\xFF\xFF", 8));
    expect_corrupted(std::string("VLF\x01\xE9\x03\0\0", 8) + std::string(1001 * 144, '\0'));
}

TEST(LocalFeatures, APositionThatIsNotANumberIsRefused) {
    auto features = some_features(3);
    features[1].y = std::numeric_limits<float>::quiet_NaN();
    expect_corrupted(to_bytes(features));
    features[1].y = std::numeric_limits<float>::infinity();
    expect_corrupted(to_bytes(features));
}

TEST(LocalFeatures, MoreThanAreKeptAreNotStored) {
    EXPECT_THROW(to_bytes(some_features(1001)), Error);
}

} // namespace
} // namespace vitrine
