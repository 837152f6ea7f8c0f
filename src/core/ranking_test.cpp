#include "core/ranking.hpp"

#include <array>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace vitrine {
namespace {

double score(const Evidence& evidence) {
    return score_candidates(std::array{evidence}).front();
}

CropMatch match(const std::string& product, double match_score, double distance = 0.5) {
    CropMatch result;
    result.product_id = product;
    result.score = match_score;
    result.evidence.distance = distance;
    return result;
}

TEST(Ranking, ScoresStayBetweenZeroAndOne) {
    for (const double distance : {-1.0, 0.0, 0.7, 2.0, 50.0}) {
        for (const int inliers : {-3, 0, 5, 40, 1'000'000}) {
            for (const bool barcode : {false, true}) {
                const double value = score({distance, inliers, 1.0, 1.0, barcode});
                EXPECT_GE(value, 0.0);
                EXPECT_LE(value, 1.0);
            }
        }
    }
}

TEST(Ranking, MoreOfAnyEvidenceNeverLowersTheScore) {
    const Evidence base{0.6, 6, 0.2, 0.2, false};
    double before = score(base);
    for (int inliers = 6; inliers < 200; inliers += 7) {
        const double now = score({0.6, inliers, 0.2, 0.2, false});
        EXPECT_GE(now, before);
        before = now;
    }
    EXPECT_GT(score({0.5, 6, 0.2, 0.2, false}), score(base));
    EXPECT_GT(score({0.6, 6, 0.9, 0.2, false}), score(base));
    EXPECT_GT(score({0.6, 6, 0.2, 0.9, false}), score(base));
    EXPECT_GT(score({0.6, 6, 0.2, 0.2, true}), score(base));
}

TEST(Ranking, AFewInliersAreChanceAndSayNothing) {
    EXPECT_DOUBLE_EQ(score({0.6, 4, 0.0, 0.0, false}), score({0.6, 0, 0.0, 0.0, false}));
}

TEST(Ranking, AnEqualBarcodeBeatsEverythingElse) {
    EXPECT_GE(score({2.0, 0, 0.0, 0.0, true}), 0.99);
    EXPECT_GE(score({2.0, 0, 0.0, 0.0, true}), score({0.0, 1000, 1.0, 1.0, false}));
}

TEST(Ranking, NumbersThatAreNotFiniteCountAsNoEvidence) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double value = score({nan, 0, nan, nan, false});
    EXPECT_TRUE(std::isfinite(value));
    EXPECT_DOUBLE_EQ(value, score({2.0, 0, 0.0, 0.0, false}));
}

TEST(Ranking, ACandidateThatStandsOutScoresMoreThanOneAmongItsLikes) {
    const Evidence alike{0.5, 0, 0.0, 0.0, false};
    const Evidence unlike{1.0, 0, 0.0, 0.0, false};
    EXPECT_GT(score_candidates(std::array{alike, unlike, unlike})[0],
              score_candidates(std::array{alike, alike, alike})[0]);
}

TEST(Ranking, WhatLooksLikeNothingInTheCatalogueScoresLow) {
    EXPECT_LT(score({1.0, 0, 0.0, 0.0, false}), 0.1);
}

TEST(Ranking, NoCandidatesHaveNoScores) {
    EXPECT_TRUE(score_candidates({}).empty());
}

TEST(Ranking, ReasonsNameWhatSpeaksForTheMatch) {
    const auto reasons = reasons_for({0.25, 42, 0.0, 0.5, true});
    EXPECT_EQ(reasons, (std::vector<std::string>{"equal barcode", "42 matching points", "printed words agree (50%)",
                                                 "looks alike (75%)"}));
    EXPECT_TRUE(reasons_for({1.4, 0, 0.0, 0.0, false}).empty());
}

TEST(Ranking, AProductHasTheScoreOfItsBestMatchInAnyCrop) {
    const std::array crops{CropMatches{ImageId{1}, {match("a", 0.3), match("b", 0.6)}},
                           CropMatches{ImageId{2}, {match("c", 0.5), match("a", 0.9)}}};
    const auto products = aggregate_by_product(crops);
    ASSERT_EQ(products.size(), 3U);
    EXPECT_EQ(products[0].product_id, "a");
    EXPECT_DOUBLE_EQ(products[0].score, 0.9);
    EXPECT_EQ(products[0].crop, 1U);
    EXPECT_EQ(products[0].match, 1U);
    EXPECT_EQ(products[1].product_id, "b");
    EXPECT_EQ(products[2].product_id, "c");
}

TEST(Ranking, TiesGoToTheNearerThenToTheProductId) {
    const std::array crops{CropMatches{ImageId{1}, {match("z", 0.5, 0.1), match("b", 0.5, 0.4), match("a", 0.5, 0.4)}}};
    const auto products = aggregate_by_product(crops);
    ASSERT_EQ(products.size(), 3U);
    EXPECT_EQ(products[0].product_id, "z");
    EXPECT_EQ(products[1].product_id, "a");
    EXPECT_EQ(products[2].product_id, "b");
}

TEST(Ranking, NoCropsHaveNoProducts) {
    EXPECT_TRUE(aggregate_by_product({}).empty());
}

TEST(Ranking, ThePrimaryCropHasTheHighestScoreThenTheLargerAreaThenTheLowerId) {
    const CropScore low{ImageId{1}, 0.2, 900};
    const CropScore small{ImageId{2}, 0.7, 100};
    const CropScore large{ImageId{4}, 0.7, 400};
    const CropScore twin{ImageId{3}, 0.7, 400};
    EXPECT_EQ(choose_primary(std::array{low, small, large, twin}), twin);
    EXPECT_EQ(choose_primary(std::array{twin, large, small, low}), twin);
    EXPECT_EQ(choose_primary(std::array{low, small}), small);
    EXPECT_EQ(choose_primary(std::array{low}), low);
}

} // namespace
} // namespace vitrine
