#include "core/geometric_verification.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <random>

#include <gtest/gtest.h>

namespace vitrine {
namespace {

LocalFeature random_feature(std::mt19937& random) {
    const auto unit = [&] { return static_cast<float>(random() % 10'000) / 10'000.0F; };
    LocalFeature feature{200.0F * unit(), 200.0F * unit(), 4.0F + 8.0F * unit(), 359.0F * unit(), {}};
    for (auto& value : feature.descriptor) value = static_cast<std::uint8_t>(random() % 90);
    return feature;
}

LocalFeatures random_features(int count, std::uint32_t seed) {
    std::mt19937 random(seed);
    LocalFeatures features;
    for (int i = 0; i < count; ++i) features.push_back(random_feature(random));
    return features;
}

/// The features as a camera turned by `degrees` and nearer by `scale` would see them, with a little noise.
LocalFeatures seen_again(const LocalFeatures& features, float scale, float degrees) {
    std::mt19937 random(7);
    const float angle = degrees * std::numbers::pi_v<float> / 180.0F;
    LocalFeatures result;
    for (LocalFeature feature : features) {
        const float x = feature.x, y = feature.y;
        feature.x = scale * (std::cos(angle) * x - std::sin(angle) * y) + 30.0F;
        feature.y = scale * (std::sin(angle) * x + std::cos(angle) * y) - 12.0F;
        feature.scale *= scale;
        feature.angle = std::fmod(feature.angle + degrees + 360.0F, 360.0F);
        for (auto& value : feature.descriptor) value = static_cast<std::uint8_t>(value + random() % 4);
        result.push_back(feature);
    }
    return result;
}

/// What a mirror makes of a SIFT feature: 4 x 4 cells of 8 directions in the keypoint's own frame.
LocalFeatures in_a_mirror(const LocalFeatures& features) {
    LocalFeatures result;
    for (const auto& feature : features) {
        LocalFeature turned = feature;
        turned.x = 300.0F - feature.x;
        turned.angle = std::fmod(180.0F - feature.angle + 360.0F, 360.0F);
        for (std::size_t cell = 0; cell < 16; ++cell) {
            for (std::size_t direction = 0; direction < 8; ++direction) {
                const std::size_t other_cell = (3 - cell / 4) * 4 + cell % 4;
                turned.descriptor[other_cell * 8 + (8 - direction) % 8] = feature.descriptor[cell * 8 + direction];
            }
        }
        result.push_back(turned);
    }
    return result;
}

TEST(GeometricVerification, FindsTheSameThingTurnedAndNearer) {
    const auto features = random_features(120, 1);
    const auto result = verify(seen_again(features, 1.7F, 140.0F), features);
    EXPECT_GE(result.inliers, 110);
    EXPECT_FALSE(result.mirrored);
    for (const auto& [query, candidate] : result.matches) EXPECT_EQ(query, candidate);
}

TEST(GeometricVerification, FindsTheSameThingAmongForeignFeatures) {
    const auto features = random_features(60, 2);
    auto query = random_features(200, 3);
    const auto again = seen_again(features, 0.8F, -25.0F);
    query.insert(query.end(), again.begin(), again.end());
    EXPECT_GE(verify(query, features).inliers, 50);
}

TEST(GeometricVerification, FindsAMirroredThingAndSaysSo) {
    const auto features = random_features(120, 4);
    const auto result = verify(in_a_mirror(features), features);
    EXPECT_GE(result.inliers, 110);
    EXPECT_TRUE(result.mirrored);
    VerificationOptions options;
    options.mirrored = false;
    EXPECT_LT(verify(in_a_mirror(features), features, options).inliers, 10);
}

TEST(GeometricVerification, StrangersHaveNoInliersToSpeakOf) {
    for (std::uint32_t seed = 10; seed < 20; ++seed) {
        EXPECT_LT(verify(random_features(300, seed), random_features(300, seed + 100)).inliers, 7);
    }
}

TEST(GeometricVerification, MatchesThatAgreeOnNoTransformAreNotInliers) {
    auto features = random_features(100, 5);
    auto query = features;
    std::mt19937 random(6);
    for (auto& feature : query) {
        const auto place = random_feature(random);
        feature.x = place.x;
        feature.y = place.y;
        feature.angle = place.angle;
    }
    EXPECT_LT(verify(query, features).inliers, 8);
}

TEST(GeometricVerification, AFeatureOfTheCandidateCountsOnce) {
    const auto features = random_features(40, 8);
    LocalFeatures copies;
    for (int i = 0; i < 5; ++i) copies.insert(copies.end(), features.begin(), features.end());
    EXPECT_LE(verify(copies, features).inliers, 40);
}

TEST(GeometricVerification, EmptyAndSingleFeaturesGiveNothing) {
    const auto features = random_features(50, 9);
    EXPECT_EQ(verify({}, features).inliers, 0);
    EXPECT_EQ(verify(features, {}).inliers, 0);
    EXPECT_EQ(verify({}, {}).inliers, 0);
    EXPECT_EQ(verify({features.front()}, {features.front()}).inliers, 0);
    EXPECT_TRUE(verify_all(features, {}).empty());
}

TEST(GeometricVerification, AllFeaturesAtOnePlaceProveNothing) {
    auto features = random_features(50, 9);
    for (auto& feature : features) feature.x = feature.y = 5.0F;
    EXPECT_LE(verify(features, features).inliers, 50);
}

TEST(GeometricVerification, NumbersThatAreNotFiniteDoNoHarm) {
    auto features = random_features(60, 11);
    features[0].x = std::numeric_limits<float>::quiet_NaN();
    features[1].scale = std::numeric_limits<float>::infinity();
    features[2].scale = 0.0F;
    features[3].angle = std::numeric_limits<float>::quiet_NaN();
    const auto result = verify(features, random_features(60, 12));
    EXPECT_GE(result.inliers, 0);
    EXPECT_LE(result.inlier_ratio, 1.0);
}

TEST(GeometricVerification, SeveralCandidatesAreAnsweredInTheirOrder) {
    const auto right = random_features(300, 13);
    const auto wrong = random_features(300, 14);
    const LocalFeatures none;
    const auto query = seen_again(right, 1.2F, 10.0F);
    const std::vector<const LocalFeatures*> candidates{&wrong, &right, &none, &wrong};
    const auto results = verify_all(query, candidates);
    ASSERT_EQ(results.size(), 4U);
    EXPECT_LT(results[0].inliers, 7);
    EXPECT_GE(results[1].inliers, 250) << "the best candidates are compared with all their features";
    EXPECT_EQ(results[2].inliers, 0);
    EXPECT_EQ(results[3].inliers, results[0].inliers);
}

TEST(GeometricVerification, TheSameFeaturesGiveTheSameAnswer) {
    const auto features = random_features(200, 15);
    const auto query = seen_again(features, 0.6F, 77.0F);
    EXPECT_EQ(verify(query, features).matches, verify(query, features).matches);
}

} // namespace
} // namespace vitrine
