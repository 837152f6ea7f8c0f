#include "core/mean_vector.hpp"

#include <gtest/gtest.h>

namespace vitrine {
namespace {

TEST(MeanVector, IsTheMeanOfWhatWasSeen) {
    MeanVector mean;
    mean.add({1, 0});
    mean.add({0, 1});
    EXPECT_EQ(mean.count, 2);
    EXPECT_FLOAT_EQ(mean.mean[0], 0.5F);
    EXPECT_FLOAT_EQ(mean.mean[1], 0.5F);
}

TEST(MeanVector, FollowsWhatIsSeenLately) {
    MeanVector mean{.count = 1'000'000'000, .mean = {1, 0}};
    for (std::int64_t i = 0; i < 3 * MeanVector::memory; ++i) mean.add({0, 1});
    EXPECT_GT(mean.mean[1], 0.9F);
}

TEST(MeanVector, VectorOfAnotherLengthIsLeftOut) {
    MeanVector mean;
    mean.add({1, 0});
    mean.add({1, 0, 0});
    mean.add({});
    EXPECT_EQ(mean.count, 1);
}

TEST(VectorMeans, FewPhotosCountLittleBesideTheCatalogue) {
    const MeanVector catalogue{.count = 20, .mean = {1, 0}};
    EXPECT_EQ(means_from({}, catalogue).queries, (Embedding{1, 0}));
    const auto five = means_from({.count = 5, .mean = {0, 1}}, catalogue);
    EXPECT_FLOAT_EQ(five.queries[0], 0.5F);
    EXPECT_EQ(five.catalogue, (Embedding{1, 0}));
}

TEST(VectorMeans, MeanOfAHandfulOfPicturesIsNotTakenOff) {
    EXPECT_TRUE(means_from({.count = 5, .mean = {0, 1}}, {.count = 19, .mean = {1, 0}}).empty());
    EXPECT_TRUE(means_from({.count = 5, .mean = {0, 1}}, {}).empty());
}

TEST(VectorMeans, WhatAllHaveInCommonCountsForNothing) {
    // All vectors share a strong first dimension; only the second tells things apart.
    const VectorMeans means{.queries = {0.9F, 0, 0}, .catalogue = {0.9F, 0.1F, 0}};
    const Embedding query{0.9F, 0.3F, 0};
    EXPECT_NEAR(contrast(query, {0.9F, 0.4F, 0}, means), 1.0, 1e-6);
    EXPECT_NEAR(contrast(query, {0.9F, -0.2F, 0}, means), -1.0, 1e-6);
    EXPECT_NEAR(contrast(query, {0.9F, 0.1F, 0.3F}, means), 0.0, 1e-6);
}

TEST(VectorMeans, NothingIsSaidWhereAVectorIsItsMeanOrOfAnotherLength) {
    const VectorMeans means{.queries = {1, 0}, .catalogue = {1, 0}};
    EXPECT_EQ(contrast({1, 0}, {0, 1}, means), 0.0);
    EXPECT_EQ(contrast({0, 1, 0}, {0, 1, 0}, means), 0.0);
    EXPECT_EQ(contrast({0, 1}, {0, 1}, {}), 0.0);
}

} // namespace
} // namespace vitrine
