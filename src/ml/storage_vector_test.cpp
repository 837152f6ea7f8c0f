#include "ml/storage_vector.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include <vitrine/error.hpp>

#include "core/geometric_verification.hpp"
#include "ml/drawn_scenes.hpp"
#include "ml/feature_extractor.hpp"

namespace vitrine {
namespace {

const StorageVectorMaker& maker() {
    static const StorageVectorMaker one;
    return one;
}

Embedding vector_of(const Picture& picture) {
    return maker().make(picture, extract_features(picture));
}

double distance(const Embedding& a, const Embedding& b) {
    double dot = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) dot += double{a[i]} * b[i];
    return 1.0 - dot;
}

Picture apple(const scenes::Colour& colour) {
    auto picture = scenes::plain(200, 200, scenes::white);
    scenes::fill(picture, {50, 50, 100, 100}, colour);
    return picture;
}

Picture printed_box(std::uint32_t seed) {
    auto picture = scenes::plain(300, 300, scenes::white);
    scenes::fill_with_blobs(picture, {60, 40, 180, 220}, seed);
    return picture;
}

TEST(StorageVector, AnyPictureGivesAFiniteVectorOfUnitLength) {
    for (const auto& picture : scenes::odd_pictures()) {
        const auto vector = vector_of(picture);
        ASSERT_EQ(vector.size(), static_cast<std::size_t>(storage_vector_dimensions));
        double square = 0.0;
        for (const float value : vector) {
            ASSERT_TRUE(std::isfinite(value)) << picture.width << " x " << picture.height;
            square += double{value} * value;
        }
        EXPECT_NEAR(square, 1.0, 1e-4) << picture.width << " x " << picture.height;
    }
}

TEST(StorageVector, TheSamePixelsGiveTheSameVector) {
    EXPECT_EQ(vector_of(printed_box(1)), vector_of(printed_box(1)));
}

TEST(StorageVector, ColoursTellThingsApart) {
    const auto red = vector_of(apple({200, 30, 30}));
    const auto other_red = vector_of(apple({180, 25, 28}));
    const auto green = vector_of(apple({40, 160, 40}));
    EXPECT_LT(distance(red, other_red), 0.15);
    EXPECT_GT(distance(red, green), 2.0 * distance(red, other_red));
}

TEST(StorageVector, ADarkerPhotoIsNearerThanAnotherPrint) {
    const auto original = vector_of(printed_box(1));
    auto darker = printed_box(1);
    for (auto& value : darker.rgb) value = static_cast<std::uint8_t>(value * 4 / 5);
    EXPECT_LT(distance(original, vector_of(darker)), distance(original, vector_of(printed_box(2))));
}

TEST(StorageVector, AMirroredPictureIsNear) {
    EXPECT_LT(distance(vector_of(printed_box(1)), vector_of(scenes::mirrored(printed_box(1)))), 0.5);
    EXPECT_LT(distance(vector_of(printed_box(1)), vector_of(scenes::mirrored(printed_box(1)))),
              distance(vector_of(printed_box(1)), vector_of(printed_box(2))));
}

TEST(FeatureExtractor, OddPicturesGiveFeaturesInsideThem) {
    for (const auto& picture : scenes::odd_pictures()) {
        const auto features = extract_features(picture);
        EXPECT_LE(features.size(), local_features_max);
        for (const auto& feature : features) {
            EXPECT_GE(feature.x, -1.0F);
            EXPECT_LE(feature.x, static_cast<float>(picture.width) + 1.0F);
            EXPECT_GE(feature.y, -1.0F);
            EXPECT_LE(feature.y, static_cast<float>(picture.height) + 1.0F);
            EXPECT_GE(feature.angle, 0.0F);
            EXPECT_LT(feature.angle, 360.0F);
        }
    }
}

TEST(FeatureExtractor, AMirroredPictureIsVerifiedAsMirrored) {
    const auto picture = printed_box(3);
    const auto result = verify(extract_features(scenes::mirrored(picture)), extract_features(picture));
    EXPECT_GT(result.inliers, 50);
    EXPECT_TRUE(result.mirrored);
}

TEST(VectorModel, SurvivesItsBytes) {
    const auto model = embedded_vector_model();
    EXPECT_EQ(to_bytes(vector_model_from_bytes(to_bytes(model))), to_bytes(model));
}

TEST(VectorModel, DamagedBytesAreRefused) {
    const std::string bytes = to_bytes(embedded_vector_model());
    for (const std::string& damaged : {std::string{}, std::string("something else"), bytes.substr(0, bytes.size() / 2),
                                       bytes + "x", std::string(bytes.size(), '\xff')}) {
        EXPECT_THROW(vector_model_from_bytes(damaged), Error);
    }
}

} // namespace
} // namespace vitrine
