#include "core/mean_vector.hpp"

#include <cmath>

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
    EXPECT_NEAR(Contrast(query, means).with({0.9F, 0.4F, 0}), 1.0, 1e-6);
    EXPECT_NEAR(Contrast(query, means).with({0.9F, -0.2F, 0}), -1.0, 1e-6);
    EXPECT_NEAR(Contrast(query, means).with({0.9F, 0.1F, 0.3F}), 0.0, 1e-6);
}

TEST(VectorMeans, NothingIsSaidWhereAVectorIsItsMeanOrOfAnotherLength) {
    const VectorMeans means{.queries = {1, 0}, .catalogue = {1, 0}};
    EXPECT_EQ(Contrast({1, 0}, means).with({0, 1}), 0.0);
    EXPECT_EQ(Contrast({0, 1, 0}, means).with({0, 1, 0}), 0.0);
    EXPECT_EQ(Contrast({0, 1}, means).with({1, 0}), 0.0);
    EXPECT_EQ(Contrast({0, 1}, {}).with({0, 1}), 0.0);
}

TEST(VectorMeans, LongVectorsAreComparedInAllTheirDimensions) {
    for (const std::size_t size : {15U, 16U, 17U, 512U}) {
        VectorMeans means{.queries = Embedding(size, 0.01F), .catalogue = Embedding(size, 0.02F)};
        Embedding query(size), candidate(size);
        double product = 0.0, query_square = 0.0, candidate_square = 0.0;
        for (std::size_t i = 0; i < size; ++i) {
            query[i] = std::sin(static_cast<float>(i));
            candidate[i] = std::sin(1.1F * static_cast<float>(i));
            const double q = double{query[i]} - means.queries[i], c = double{candidate[i]} - means.catalogue[i];
            product += q * c;
            query_square += q * q;
            candidate_square += c * c;
        }
        EXPECT_NEAR(Contrast(query, means).with(candidate), product / std::sqrt(query_square * candidate_square), 1e-5)
            << size;
    }
}

} // namespace
} // namespace vitrine
